kubectl get pod app -o jsonpath='{.spec.ephemeralContainers[*].name}' | grep -qw debugger
