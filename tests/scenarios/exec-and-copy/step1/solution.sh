kubectl exec box -- ls /nowhere > /root/complaint 2>&1 || true
