kubectl auth can-i delete deployments --as=jane -n default > /root/answer || true
