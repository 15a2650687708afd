kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Pod
metadata:
  name: sick
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: sick
    image: busybox:1.36
    args: ["/bin/sh", "-c", "touch /tmp/ok; sleep 10; rm -f /tmp/ok; sleep 600"]
    livenessProbe:
      exec:
        command: [cat, /tmp/ok]
      initialDelaySeconds: 2
      periodSeconds: 2
      failureThreshold: 1
EOF
sleep 25
