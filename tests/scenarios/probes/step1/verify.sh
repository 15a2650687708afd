kubectl get deploy shop -o jsonpath='{.spec.template.spec.containers[0].readinessProbe.httpGet.port}:{.spec.template.spec.containers[0].readinessProbe.periodSeconds}' | grep -q '^80:3$' \
 && kubectl rollout status deploy/shop --timeout=60s
