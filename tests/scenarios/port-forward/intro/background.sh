kubectl create deployment hidden --image=nginx:alpine
kubectl expose deployment hidden --port=80
kubectl wait --for=condition=available deploy/hidden --timeout=60s
