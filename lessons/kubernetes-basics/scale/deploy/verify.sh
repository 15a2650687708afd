# The Deployment runs the app, and at least one copy of it is ready.
name=kubernetes-bootcamp
image="$(kubectl get deployment "$name" -o jsonpath='{.spec.template.spec.containers[*].image}' 2>/dev/null)" || {
  echo "missing: deployment"
  exit 1
}
case "$image" in
  *kubernetes-bootcamp*) ;;
  *)
    echo "missing: image $image"
    exit 1
    ;;
esac
ready="$(kubectl get deployment "$name" -o jsonpath='{.status.readyReplicas}')"
if [ "${ready:-0}" -lt 1 ]; then
  echo "missing: ready"
  exit 1
fi
