kubectl apply -f /root/crontab.yaml
kubectl wait --for condition=established --timeout=60s crd/backups.ops.example.org
