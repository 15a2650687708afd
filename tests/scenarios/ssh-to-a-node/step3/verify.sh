kubectl wait --for=condition=Ready node/node01 --timeout=5s && ssh node01 systemctl is-active kubelet
