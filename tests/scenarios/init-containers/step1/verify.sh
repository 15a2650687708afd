#!/bin/bash
init=$(kubectl get pod prepared -o jsonpath='{.spec.initContainers[0].name}' 2>/dev/null)
[ "$init" = "fetch" ] || { echo "there is no init container fetch"; exit 1; }
[ "$(kubectl get pod prepared -o jsonpath='{.status.initContainerStatuses[0].state.terminated.reason}')" = Completed ] || exit 1
kubectl exec prepared -c web -- curl -s localhost | grep -q 'prepared by init'
