cat <<'EOF' | kubectl create -f -
apiVersion: v1
kind: Pod
metadata:
  name: prepared
spec:
  initContainers:
  - name: fetch
    image: busybox:1.36
    command: ['sh', '-c', 'echo prepared by init > /work/index.html']
    volumeMounts:
    - name: work
      mountPath: /work
  containers:
  - name: web
    image: nginx:alpine
    volumeMounts:
    - name: work
      mountPath: /usr/share/nginx/html
  volumes:
  - name: work
    emptyDir: {}
EOF
kubectl wait --for=condition=Ready pod/prepared --timeout=60s
