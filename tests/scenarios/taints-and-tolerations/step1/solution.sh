kubectl taint nodes node01 dedicated=gpu:NoSchedule --overwrite
kubectl run plain --image=nginx:alpine
kubectl wait --for=condition=Ready pod/plain --timeout=60s
