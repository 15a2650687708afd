phase=$(kubectl get pvc dyn -o jsonpath='{.status.phase}')
[ "$phase" = "Bound" ] && kubectl get pod uses-dyn -o jsonpath='{.status.phase}' | grep -q Running
