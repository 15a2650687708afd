kubectl get deployment kubernetes-bootcamp -o jsonpath='{.status.readyReplicas}' | grep -qx 1
