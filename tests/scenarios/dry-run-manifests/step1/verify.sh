#!/bin/bash
[ -f /root/cache.yaml ] || { echo "no /root/cache.yaml"; exit 1; }
grep -q 'kind: Pod' /root/cache.yaml || exit 1
limit=$(kubectl get pod cache -o jsonpath='{.spec.containers[0].resources.limits.memory}' 2>/dev/null)
[[ "$limit" == "128Mi" ]] || { echo "limit is '$limit'"; exit 1; }
for i in {1..30}; do
  phase=$(kubectl get pod cache -o jsonpath='{.status.phase}')
  [[ "$phase" == "Running" ]] && exit 0
  sleep 2
done
echo "Pod is $phase"
exit 1
