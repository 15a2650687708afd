pod="$(kubectl get pods -l app=kubernetes-bootcamp -o name | head -1)"
kubectl label "$pod" version=v1
