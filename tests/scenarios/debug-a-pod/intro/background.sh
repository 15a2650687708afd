kubectl run app --image=registry.k8s.io/pause:3.10
kubectl wait --for=condition=Ready pod/app --timeout=60s
