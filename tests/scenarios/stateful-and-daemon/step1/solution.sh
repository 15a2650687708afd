kubectl apply -f /root/sts.yaml
kubectl scale sts db --replicas=3
kubectl rollout status sts/db --timeout=120s
