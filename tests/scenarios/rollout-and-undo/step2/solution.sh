kubectl set image deployment/api nginx=nginx:does-not-exist
sleep 5
kubectl rollout undo deployment/api
kubectl rollout status deployment/api --timeout=60s
