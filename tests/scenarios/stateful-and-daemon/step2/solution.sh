kubectl create deployment agent --image=nginx:alpine --dry-run=client -o yaml | sed -e 's/kind: Deployment/kind: DaemonSet/' -e '/replicas:/d' -e '/strategy:/d' -e '/status:/d' > ds.yaml
kubectl apply -f ds.yaml
kubectl rollout status ds/agent --timeout=60s
