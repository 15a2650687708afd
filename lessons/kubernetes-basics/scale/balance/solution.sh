port="$(kubectl get service kubernetes-bootcamp -o jsonpath='{.spec.ports[0].nodePort}')"
for i in $(seq 100); do curl -s "host01:$port"; done | sort | uniq -c
