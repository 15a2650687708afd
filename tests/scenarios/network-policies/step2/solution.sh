cat > np.yaml <<EOF
kind: NetworkPolicy
apiVersion: networking.k8s.io/v1
metadata: {name: api-to-db, namespace: bank}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
  - from:
    - podSelector: {matchLabels: {app: api}}
    ports:
    - {protocol: TCP, port: 6379}
EOF
kubectl create -f np.yaml
