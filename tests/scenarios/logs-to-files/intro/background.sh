#!/bin/bash
cat <<EOF | kubectl apply -f -
apiVersion: v1
kind: Pod
metadata:
  name: chatty
spec:
  containers:
  - name: app
    image: busybox:1.36
    command: ["sh", "-c", "i=0; while true; do i=\$((i+1)); echo INFO line \$i; [ \$((i % 5)) -eq 0 ] && echo ERROR bad thing \$i; sleep 1; done"]
  - name: idle
    image: nginx:alpine
EOF
kubectl wait --for=condition=Ready pod/chatty --timeout=60s
sleep 20
