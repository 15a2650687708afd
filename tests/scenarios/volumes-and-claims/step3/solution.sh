kubectl apply -f - <<'EOF'
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: dyn}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 100Mi}}
---
apiVersion: v1
kind: Pod
metadata: {name: uses-dyn}
spec:
  containers:
  - {name: c, image: "nginx:alpine", volumeMounts: [{name: d, mountPath: /data}]}
  volumes:
  - {name: d, persistentVolumeClaim: {claimName: dyn}}
EOF
kubectl wait --for=condition=Ready pod/uses-dyn --timeout=90s
