rm -f /etc/kubernetes/manifests/static-web.yaml
kubectl wait --for=delete pod/static-web-controlplane --timeout=60s
