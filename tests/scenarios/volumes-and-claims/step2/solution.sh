cat > writer.yaml <<'EOF'
apiVersion: v1
kind: Pod
metadata:
  name: writer
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: writer
    image: busybox:1.36
    command: ["/bin/sh", "-c"]
    args: ["date >> /logs/date; sleep 3600"]
    volumeMounts: [{name: logs, mountPath: /logs}]
  volumes:
  - name: logs
    persistentVolumeClaim:
      claimName: logs-claim
EOF
kubectl apply -f writer.yaml
kubectl wait --for=condition=Ready pod/writer --timeout=60s
sleep 2
kubectl replace --force -f writer.yaml
kubectl wait --for=condition=Ready pod/writer --timeout=60s
