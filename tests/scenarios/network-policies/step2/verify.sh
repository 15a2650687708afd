NP=api-to-db
from=$(kubectl -n bank get netpol $NP -o jsonpath='{.spec.ingress[0].from[0].podSelector.matchLabels.app}' 2>/dev/null)
port=$(kubectl -n bank get netpol $NP -o jsonpath='{.spec.ingress[0].ports[0].port}' 2>/dev/null)
to=$(kubectl -n bank get netpol $NP -o jsonpath='{.spec.podSelector.matchLabels.app}' 2>/dev/null)
if [ "$from" == "api" -a "$to" == "db" ] && [ "$port" -eq 6379 ]; then echo ok; else exit 1; fi
