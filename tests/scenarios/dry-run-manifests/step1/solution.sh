kubectl run cache --image=redis:7-alpine --port=6379 --labels=tier=cache --dry-run=client -o yaml > /root/cache.yaml
sed -i 's/resources: {}/resources:\n      limits:\n        memory: 128Mi/' /root/cache.yaml
kubectl apply -f /root/cache.yaml
kubectl wait --for=condition=Ready pod/cache --timeout=60s
