#!/bin/bash
NS=mars; D=cleaner
names=$(kubectl -n $NS get deploy $D -o jsonpath='{.spec.template.spec.containers[*].name} {.spec.template.spec.initContainers[*].name}')
echo "$names" | tr ' ' '\n' | grep -qx logger-con || { echo "no logger-con"; exit 1; }
kubectl -n $NS rollout status deploy/$D --timeout=60s || exit 1
POD=$(kubectl -n $NS get pods -l app=cleaner --field-selector=status.phase=Running -o jsonpath='{.items[-1:].metadata.name}')
for _ in 1 2 3 4 5 6; do
  kubectl -n $NS logs "$POD" -c logger-con --tail=5 | grep -q "removing random file" && exit 0
  sleep 2
done
exit 1
