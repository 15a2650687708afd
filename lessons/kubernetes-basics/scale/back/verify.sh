# The app runs again, with every copy that the Deployment wants.
name=kubernetes-bootcamp
wanted="$(kubectl get deployment "$name" -o jsonpath='{.spec.replicas}' 2>/dev/null)" || {
  echo "missing: deployment"
  exit 1
}
if [ "$wanted" = 0 ]; then
  echo "missing: off"
  exit 1
fi
ready="$(kubectl get deployment "$name" -o jsonpath='{.status.readyReplicas}')"
if [ "${ready:-0}" -lt "$wanted" ]; then
  echo "missing: ready ${ready:-0} $wanted"
  exit 1
fi
