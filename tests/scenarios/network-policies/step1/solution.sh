kubectl apply -f - <<EOF
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny-all
  namespace: bank
spec:
  podSelector: {}
  policyTypes:
  - Ingress
EOF
