kubectl get deploy kubernetes-bootcamp -o jsonpath='{.spec.template.spec.containers[0].image}' | grep -q ':v2$'
