# The Deployment is there and wants no copy; those that are stopping do not count.
name=kubernetes-bootcamp
wanted="$(kubectl get deployment "$name" -o jsonpath='{.spec.replicas}' 2>/dev/null)" || {
  echo "missing: deployment"
  exit 1
}
if [ "$wanted" != 0 ]; then
  echo "missing: replicas $wanted"
  exit 1
fi
left="$(kubectl get deployment "$name" -o jsonpath='{.status.replicas}')"
if [ "${left:-0}" != 0 ]; then
  echo "missing: left $left"
  exit 1
fi
