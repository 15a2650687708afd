kubectl get nodes -o jsonpath='{range .items[*]}{.status.addresses[?(@.type=="InternalIP")].address}{"\n"}{end}' > /opt/reports/ips.txt
kubectl get nodes --no-headers | wc -l | tr -d ' ' > /opt/reports/count.txt
