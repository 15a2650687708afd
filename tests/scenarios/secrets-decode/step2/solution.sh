cat > /root/client.yaml <<'EOF'
apiVersion: v1
kind: Pod
metadata:
  name: client
  namespace: vault
spec:
  containers:
  - name: client
    image: busybox:1.36
    command: ["sleep", "3600"]
    env:
    - name: DB_USER
      valueFrom:
        secretKeyRef:
          name: database
          key: user
    volumeMounts:
    - name: db
      mountPath: /etc/db
      readOnly: true
  volumes:
  - name: db
    secret:
      secretName: database
EOF
kubectl apply -f /root/client.yaml
kubectl -n vault wait --for=condition=Ready pod/client --timeout=60s
