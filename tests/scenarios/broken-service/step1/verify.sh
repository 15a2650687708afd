#!/bin/bash
IP=$(kubectl -n web get svc front -o jsonpath='{.spec.clusterIP}')
EP=$(kubectl -n web get endpointslices -l kubernetes.io/service-name=front -o jsonpath='{.items[*].endpoints[*].addresses[0]}' | wc -w)
(( EP == 2 )) || { echo "$EP endpoints"; exit 1; }
code=$(curl -s -o /dev/null -w '%{http_code}' --connect-timeout 3 "http://$IP:8080")
[ "$code" = "200" ] || { echo "HTTP $code"; exit 1; }
