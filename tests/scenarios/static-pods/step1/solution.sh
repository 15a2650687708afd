kubectl run static-web --image=nginx:alpine --port=80 --dry-run=client -o yaml > /etc/kubernetes/manifests/static-web.yaml
sleep 10
