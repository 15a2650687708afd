n=$(kubectl get pods -l tier=front --no-headers 2>/dev/null | wc -l)
t=$(kubectl get pod web-1 -o jsonpath='{.metadata.labels.track}')
o=$(kubectl get pod web-2 -o jsonpath='{.metadata.annotations.owner}')
c=$(kubectl get pods -l track=canary --no-headers 2>/dev/null | wc -l)
[ "$n" -eq 3 ] && [ -z "$t" ] && [ "$o" == "ops" ] && [ "$c" -eq 0 ] && echo "all good" || exit 1
