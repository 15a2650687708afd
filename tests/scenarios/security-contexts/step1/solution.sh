kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Pod
metadata:
  name: limited
spec:
  securityContext:
    runAsUser: 1000
    runAsGroup: 3000
  containers:
  - name: main
    image: busybox:1.36
    command: [sleep, "3600"]
    securityContext:
      readOnlyRootFilesystem: true
      allowPrivilegeEscalation: false
      capabilities:
        drop: ["ALL"]
EOF
kubectl wait --for=condition=Ready pod/limited --timeout=60s
