kubectl expose pod cache --port=6379 --name=cache-svc
kubectl create job once --image=busybox:1.36 -- sh -c 'echo done'
