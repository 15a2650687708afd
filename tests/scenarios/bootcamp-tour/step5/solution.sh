kubectl scale deployments/kubernetes-bootcamp --replicas=2
