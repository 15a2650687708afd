ssh node01 "systemctl stop kubelet"
