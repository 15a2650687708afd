kubectl get csr lena -o yaml | sed 's/name: lena/name: mallory/' | grep -v 'uid:\|resourceVersion:\|creationTimestamp:' | sed '/^status:/,$d' | kubectl create -f -
kubectl certificate deny mallory
