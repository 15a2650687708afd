#!/bin/bash
sleep 5
cat > /root/slow.yaml <<'EOF'
apiVersion: v1
kind: Pod
metadata:
  name: slow
  labels: {app: slow}
spec:
  containers:
  - name: main
    image: busybox:1.36
    command: ["sh", "-c", "sleep 8; touch /tmp/up; sleep 3600"]
    readinessProbe:
      exec:
        command: ["cat", "/tmp/up"]
      periodSeconds: 2
EOF
kubectl apply -f /root/slow.yaml
until kubectl get pod slow -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}' | grep -q True; do
  sleep 1
done
echo ok > /tmp/finished
