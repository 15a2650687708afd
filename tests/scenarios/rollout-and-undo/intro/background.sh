kubectl create deployment api --image=nginx:1.25 --replicas=4
kubectl rollout status deployment/api
