set -e
[ "$(kubectl get job sum -o jsonpath='{.spec.completions}/{.spec.parallelism}')" = "3/2" ]
kubectl wait --for=condition=complete job/sum --timeout=90s
for p in $(kubectl get pods -l job-name=sum -o name); do
  kubectl logs "$p" | grep -qx 55
done
