kubectl get csr mallory --no-headers | grep -q Denied
