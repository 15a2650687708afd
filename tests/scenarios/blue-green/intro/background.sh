#!/bin/bash
set -euo pipefail
kubectl create ns ship 2>/dev/null || true
for c in blue green; do
kubectl -n ship apply -f - <<EOF
apiVersion: v1
kind: ConfigMap
metadata: {name: page-$c}
data: {index.html: "version $c"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: $c, labels: {color: $c}}
spec:
  replicas: 2
  selector: {matchLabels: {app: ship, color: $c}}
  template:
    metadata: {labels: {app: ship, color: $c}}
    spec:
      containers:
      - {name: web, image: "nginx:alpine", volumeMounts: [{name: page, mountPath: /usr/share/nginx/html}]}
      volumes:
      - {name: page, configMap: {name: page-$c}}
EOF
done
kubectl -n ship expose deploy blue --name=ship --port=80 --selector=app=ship,color=blue
kubectl -n ship rollout status deploy/blue; kubectl -n ship rollout status deploy/green
