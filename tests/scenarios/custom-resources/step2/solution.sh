cat > nightly.yaml <<EOF
apiVersion: ops.example.org/v1
kind: Backup
metadata:
  name: nightly
spec:
  target: etcd
  keep: 3
EOF
kubectl apply -f nightly.yaml
sed 's/keep: 3/keep: 0/; s/nightly/bad/' nightly.yaml | kubectl apply -f - 2> /root/refused || true
