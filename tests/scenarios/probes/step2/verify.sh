n=0
until [ "$(kubectl get pod sick -o jsonpath='{.status.containerStatuses[0].restartCount}' 2>/dev/null || echo 0)" -gt 0 ] 2>/dev/null; do
  n=$((n+1))
  if [ $n -ge 20 ]; then echo "no restart"; exit 1; fi
  sleep 4
done
