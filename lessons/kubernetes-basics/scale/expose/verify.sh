# A Service of that name has a node port and leads to at least one ready Pod, to the port that the app listens on.
name=kubernetes-bootcamp
type="$(kubectl get service "$name" -o jsonpath='{.spec.type}' 2>/dev/null)" || {
  echo "missing: service"
  exit 1
}
case "$type" in
  NodePort | LoadBalancer) ;;
  *)
    echo "missing: type $type"
    exit 1
    ;;
esac
addresses="$(kubectl get endpoints "$name" -o jsonpath='{.subsets[*].addresses[*].ip}' 2>/dev/null)"
if [ -z "$addresses" ]; then
  echo "missing: endpoints"
  exit 1
fi
ports="$(kubectl get endpoints "$name" -o jsonpath='{.subsets[*].ports[*].port}' 2>/dev/null)"
case " $ports " in
  *" 8080 "*) ;;
  *)
    echo "missing: port $ports"
    exit 1
    ;;
esac
