h=$(kubectl get hpa web -o jsonpath='{.spec.minReplicas}-{.spec.maxReplicas}')
[ "$h" = "1-5" ]
