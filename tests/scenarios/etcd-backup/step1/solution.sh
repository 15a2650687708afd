kubectl get cm -A -o yaml > /opt/backup.yaml
