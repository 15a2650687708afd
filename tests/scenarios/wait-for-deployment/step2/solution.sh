POD=$(kubectl -n shop get pod -l app=front -o name | head -n1)
kubectl -n shop delete "$POD" --wait=false
kubectl -n shop wait --for=delete "$POD" --timeout=90s
echo "$POD" > /root/gone.txt
kubectl -n shop rollout status deploy/front
