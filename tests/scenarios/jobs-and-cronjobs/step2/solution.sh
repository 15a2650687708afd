kubectl create cronjob ticker --image=busybox:1.36 --schedule="*/1 * * * *" -- date 2>/dev/null || true
kubectl get job ticker-now || kubectl create job --from=cronjob/ticker ticker-now
kubectl patch cronjob ticker -p '{"spec":{"suspend":true}}'
kubectl wait --for=condition=complete job/ticker-now --timeout=60s
