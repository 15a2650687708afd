kubectl get pods -l app=store -o jsonpath='{.items[0].status.containerStatuses[0].state.waiting.reason}' > /root/reason.txt
