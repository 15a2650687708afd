kubectl create deployment web --image=nginx:alpine --replicas=3
kubectl wait --for=condition=available deploy web --timeout=60s
sleep 60
