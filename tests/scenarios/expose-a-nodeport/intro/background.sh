kubectl create deploy echo --image=nginx:alpine --replicas=2
