kubectl scale deployments/kubernetes-bootcamp --replicas=2
kubectl rollout status deployment/kubernetes-bootcamp
