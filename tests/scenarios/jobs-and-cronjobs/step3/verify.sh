for i in $(seq 60); do
  reason=$(kubectl get job flaky -o jsonpath='{.status.conditions[?(@.type=="Failed")].reason}' 2>/dev/null)
  [ "$reason" = "BackoffLimitExceeded" ] && exit 0
  kubectl get job flaky >/dev/null 2>&1 || exit 1
  sleep 2
done
exit 1
