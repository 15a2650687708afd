# The Deployment wants two copies and has two; those that are stopping do not count.
name=kubernetes-bootcamp
wanted="$(kubectl get deployment "$name" -o jsonpath='{.spec.replicas}' 2>/dev/null)" || {
  echo "missing: deployment"
  exit 1
}
if [ "$wanted" != 2 ]; then
  echo "missing: replicas $wanted"
  exit 1
fi
ready="$(kubectl get deployment "$name" -o jsonpath='{.status.readyReplicas}')"
if [ "${ready:-0}" != 2 ]; then
  echo "missing: ready ${ready:-0}"
  exit 1
fi
