kubectl get svc cache-svc -o jsonpath='{.spec.selector.tier}' | grep -qx cache &&
kubectl wait --for=condition=complete job/once --timeout=60s
