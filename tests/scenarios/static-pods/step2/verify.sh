[ ! -e /etc/kubernetes/manifests/static-web.yaml ] && ! kubectl get pod static-web-controlplane 2>/dev/null
