kubectl -n team-a delete deployment greedy
kubectl -n team-a wait --for=delete pod -l app=greedy --timeout=60s
cat <<EOF | kubectl apply -f -
apiVersion: v1
kind: LimitRange
metadata:
  name: defaults
  namespace: team-a
spec:
  limits:
  - type: Container
    default:
      memory: 128Mi
    defaultRequest:
      memory: 64Mi
      cpu: 50m
EOF
kubectl -n team-a run small --image=nginx:alpine
