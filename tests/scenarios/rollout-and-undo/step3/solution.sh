kubectl rollout pause deployment/api
kubectl set image deploy/api nginx=nginx:1.26
kubectl set env deploy/api MODE=prod
kubectl rollout resume deployment/api
kubectl rollout restart deployment/api
kubectl rollout status deployment/api
