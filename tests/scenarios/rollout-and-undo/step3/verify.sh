kubectl get deploy api -o jsonpath='{.spec.template.metadata.annotations}' | grep -q restartedAt || exit 1
kubectl get deploy api -o jsonpath='{.spec.template.spec.containers[0].env[?(@.name=="MODE")].value}' | grep -q prod || exit 1
