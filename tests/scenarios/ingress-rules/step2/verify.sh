kubectl -n cafe get ingress menu -o jsonpath='{.spec.tls[0].secretName} {.spec.tls[0].hosts[0]}' | grep -q 'cafe-tls cafe.example.com'
