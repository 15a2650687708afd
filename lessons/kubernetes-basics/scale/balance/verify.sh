# Several Pods stand behind the Service, and each has answered: the app prints a line for every request.
pods="$(kubectl get endpoints kubernetes-bootcamp -o jsonpath='{.subsets[*].addresses[*].targetRef.name}' 2>/dev/null)"
count="$(echo $pods | wc -w)"
if [ "$count" -lt 2 ]; then
  echo "missing: pods $count"
  exit 1
fi
quiet=0
for pod in $pods; do
  if ! kubectl logs "$pod" | grep -q "Total Requests"; then
    echo "missing: request $pod"
    quiet=1
  fi
done
exit $quiet
