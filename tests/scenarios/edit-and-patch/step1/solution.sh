kubectl patch deployment site -p '{"spec":{"replicas":2}}'
kubectl patch deployment site --type json --patch '[{"op": "add", "path": "/spec/template/spec/containers/0/ports", "value": [{"containerPort": 80}]}]'
kubectl set serviceaccount deployment site builder
kubectl set resources deployment site -c=nginx --requests=cpu=50m
kubectl set env deployment/site LOG=debug
kubectl rollout status deployment site --timeout=60s
