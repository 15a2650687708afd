kubectl get pod fast -o jsonpath='{.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key}' | grep -q '^disk$' &&
  kubectl get pod fast -o wide --no-headers | awk '{print $7}' | grep -q node01
