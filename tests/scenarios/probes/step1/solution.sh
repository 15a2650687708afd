kubectl patch deployment shop --type='json' -p='[{"op":"add","path":"/spec/template/spec/containers/0/readinessProbe","value":{"httpGet":{"path":"/","port":80},"periodSeconds":3}}]'
kubectl rollout status deploy/shop
