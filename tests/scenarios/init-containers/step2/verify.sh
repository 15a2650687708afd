kubectl get svc backend >/dev/null 2>&1 || exit 1
kubectl wait --for=condition=Ready pod/waiter --timeout=60s
