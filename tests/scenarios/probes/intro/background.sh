kubectl create deployment shop --image=nginx:alpine --replicas=2
kubectl expose deployment shop --port=80
