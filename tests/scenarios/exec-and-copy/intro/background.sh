kubectl run box --image=nginx:alpine
kubectl wait --for=condition=ready pod/box --timeout=60s
