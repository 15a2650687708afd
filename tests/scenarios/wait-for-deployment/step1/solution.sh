kubectl -n shop create deployment front --image=nginx:1.27-alpine --replicas=3
kubectl -n shop rollout status deploy/front --timeout=120s
