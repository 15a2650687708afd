kubectl expose deployment echo --name=echo-np --type=NodePort --port=80 --dry-run=client -o yaml | sed 's/^  - port: 80/  - nodePort: 30080\n    port: 80/' > np.yaml
kubectl apply -f np.yaml
kubectl wait --for=condition=available deploy/echo --timeout=60s
