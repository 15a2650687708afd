[ "$(kubectl get pod vip -o jsonpath='{.spec.priority}')" -eq 1000 ]
