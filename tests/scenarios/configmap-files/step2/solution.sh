kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Pod
metadata:
  name: site
spec:
  volumes:
    - name: html
      configMap:
        name: web-content
  containers:
    - name: nginx
      image: nginx:alpine
      ports:
        - containerPort: 80
      volumeMounts:
        - {name: html, mountPath: /usr/share/nginx/html}
EOF
kubectl wait --for=condition=ready pod site --timeout=90s
