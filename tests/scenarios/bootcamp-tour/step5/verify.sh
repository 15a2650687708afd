[ "$(kubectl get deploy kubernetes-bootcamp -o jsonpath='{.spec.replicas}')" = 2 ]
