kubectl -n web patch svc front -p '{"spec":{"selector":{"app":"front"}}}'
kubectl -n web patch svc front --type json -p '[{"op":"replace","path":"/spec/ports/0/targetPort","value":80}]'
sleep 2
