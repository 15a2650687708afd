#!/bin/bash
sched=$(kubectl get cronjob ticker -o jsonpath='{.spec.schedule}')
[ "$sched" == '*/1 * * * *' ] || exit 1
[ "$(kubectl get cj ticker -o jsonpath='{.spec.suspend}')" == "true" ] || { echo "not suspended"; exit 1; }
kubectl get job ticker-now -o jsonpath='{.status.succeeded}' | grep -q 1
