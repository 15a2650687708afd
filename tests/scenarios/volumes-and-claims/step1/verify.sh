kubectl get pvc logs-claim -o jsonpath='{.status.phase}' 2>/dev/null | grep -q Bound || { echo "not bound"; exit 1; }
[ "$(kubectl get pvc logs-claim -o jsonpath='{.spec.volumeName}')" = pv-logs ]
