kubectl run giant --image=nginx:alpine --dry-run=client -o json | sed 's/"resources": {}/"resources": {"requests": {"cpu": "100"}}/' | kubectl apply -f -
sleep 3
kubectl get pod giant -o jsonpath='{.status.conditions[?(@.type=="PodScheduled")].message}' > /root/why
