kubectl -n team-a get pod small -o jsonpath='{.spec.containers[0].resources.limits.memory}' | grep -q 128Mi
