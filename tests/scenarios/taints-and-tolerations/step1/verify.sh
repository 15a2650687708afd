#!/bin/bash
taint=$(kubectl get node node01 -o jsonpath='{.spec.taints[?(@.key=="dedicated")].effect}')
[ "$taint" == "NoSchedule" ] || exit 1
kubectl wait --for=condition=Ready pod/plain --timeout=60s || exit 1
node=$(kubectl get pod plain -o jsonpath='{.spec.nodeName}')
[ "$node" == "controlplane" ]
