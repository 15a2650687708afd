kubectl scale deployments/kubernetes-bootcamp --replicas=0
sleep 1
