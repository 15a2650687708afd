kubectl set image deployment/store '*=nginx:1.27'
kubectl rollout status deployment/store --timeout=60s
