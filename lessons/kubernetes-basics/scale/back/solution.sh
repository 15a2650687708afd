kubectl scale deployments/kubernetes-bootcamp --replicas=3
kubectl rollout status deployment/kubernetes-bootcamp
