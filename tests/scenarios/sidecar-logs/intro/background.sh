#!/bin/bash
set -e
mkdir -p /opt/labs/16
cat > /opt/labs/16/cleaner.yaml << 'EOF'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cleaner
  namespace: mars
spec:
  replicas: 1
  selector:
    matchLabels:
      app: cleaner
  template:
    metadata:
      labels:
        app: cleaner
    spec:
      containers:
      - name: cleaner-con
        image: busybox:1.36
        command: ['sh', '-c', 'while true; do echo "$(date): removing random file" >> /var/log/cleaner/cleaner.log; sleep 1; done']
        volumeMounts:
        - name: logs
          mountPath: /var/log/cleaner
      volumes:
      - name: logs
        emptyDir: {}
EOF
kubectl create namespace mars --dry-run=client -o yaml | kubectl apply -f -
kubectl apply -f /opt/labs/16/cleaner.yaml
cp /opt/labs/16/cleaner.yaml /opt/labs/16/cleaner-new.yaml
echo "✅ Setup complete!"
