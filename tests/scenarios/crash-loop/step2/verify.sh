sleep 3
kubectl rollout status deploy crasher --timeout=30s && kubectl logs -l app=crasher --tail=-1 | grep -qx ok
