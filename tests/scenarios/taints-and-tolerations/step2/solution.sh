cat <<'EOF' > trainer.yml
apiVersion: v1
kind: Pod
metadata:
  name: trainer
spec:
  nodeSelector:
    kubernetes.io/hostname: node01
  tolerations:
  - key: "dedicated"
    operator: "Equal"
    value: "gpu"
    effect: "NoSchedule"
  containers:
  - name: trainer
    image: nginx:alpine
EOF
kubectl create -f trainer.yml
kubectl wait --for=condition=ready pod/trainer --timeout=60s
