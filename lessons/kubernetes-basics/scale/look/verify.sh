# At least one Pod of the app has the label version=v1.
pods="$(kubectl get pods -l app=kubernetes-bootcamp -o name)"
if [ -z "$pods" ]; then
  echo "missing: pods"
  exit 1
fi
labelled="$(kubectl get pods -l app=kubernetes-bootcamp,version=v1 -o name)"
if [ -z "$labelled" ]; then
  echo "missing: label"
  exit 1
fi
