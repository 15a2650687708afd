kubectl get crd backups.ops.example.org -o jsonpath='{.status.conditions[?(@.type=="Established")].status}' | grep -q True
