kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Pod
metadata: {name: waiter}
spec:
  initContainers:
  - name: wait
    image: busybox:1.36
    command: ["sh", "-c", "until nslookup backend.default.svc.cluster.local; do echo waiting; sleep 2; done"]
  containers:
  - {name: main, image: "nginx:alpine"}
EOF
sleep 6
kubectl get pod waiter --no-headers | grep 'Init:0/1'
kubectl create service clusterip backend --tcp=80:80
kubectl wait --for=condition=Ready pod/waiter --timeout=60s
