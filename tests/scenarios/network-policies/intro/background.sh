kubectl create ns bank
kubectl -n bank run db --image=redis:7-alpine --labels=app=db --port=6379 --expose
kubectl -n bank run api --image=nginx:alpine --labels=app=api --port=80
