kubectl get pod db-2 >/dev/null 2>&1 || exit 1
kubectl wait --for=condition=Ready pod/db-2 --timeout=60s || exit 1
kubectl exec db-0 -- curl -s --max-time 5 http://db-2.db.default.svc.cluster.local | grep -q nginx || exit 1
[ "$(kubectl get pvc -l app=db --no-headers | grep -c Bound)" -eq 3 ]
