COLOR=green
kubectl get ns stage >/dev/null 2>&1 || kubectl create ns stage
kubectl apply -f - <<EOF
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: stage
data:
  color: ${COLOR}
  banner: |
    first line
    second line
EOF
