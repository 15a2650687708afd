NODE=$(kubectl get pod trainer -o jsonpath='{.spec.nodeName}')
TOL=$(kubectl get pod trainer -o jsonpath='{range .spec.tolerations[*]}{.key}={.value}:{.effect}{"\n"}{end}' | grep -c '^dedicated=gpu:NoSchedule$')
[[ $NODE == node01 && $TOL -eq 1 ]]
