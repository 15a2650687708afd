kubectl run bot --image=nginx:alpine --overrides='{"spec": {"serviceAccountName": "robot"}}'
kubectl run anonymous --image=nginx:alpine --overrides='{"spec":{"automountServiceAccountToken":false}}'
kubectl wait --for=condition=Ready pod/bot pod/anonymous --timeout=60s
