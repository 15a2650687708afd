kubectl delete ns tools --wait=true
