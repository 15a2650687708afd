IMG=$(kubectl get deploy api -o=jsonpath='{$.spec.template.spec.containers[:1].image}')
[ "$IMG" = "nginx:1.27" ] && kubectl rollout status deploy/api --timeout=60s && kubectl rollout history deploy/api | grep -q "to 1.27"
