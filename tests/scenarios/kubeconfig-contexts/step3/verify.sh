kubectl --kubeconfig /root/qa.conf get pod probe -o jsonpath='{.metadata.namespace}' | grep -q qa
