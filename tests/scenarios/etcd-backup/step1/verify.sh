[ -s /opt/backup.yaml ] && grep -q 'kind: List' /opt/backup.yaml
