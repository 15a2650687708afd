kubectl -n team-a create deployment greedy --image=nginx:alpine --replicas=5
kubectl -n team-a set resources deployment greedy --requests=cpu=100m,memory=64Mi
sleep 10
