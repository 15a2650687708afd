kubectl scale deployments/kubernetes-bootcamp --replicas=4
kubectl rollout status deployment/kubernetes-bootcamp
