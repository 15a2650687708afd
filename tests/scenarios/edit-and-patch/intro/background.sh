kubectl create deployment site --image=nginx:1.25
kubectl create ns tools
kubectl create sa builder
