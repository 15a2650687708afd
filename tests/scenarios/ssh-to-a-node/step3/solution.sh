ssh node01 systemctl start kubelet
kubectl wait --for=condition=Ready node/node01 --timeout=90s
