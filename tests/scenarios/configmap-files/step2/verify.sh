#!/bin/bash
IP=$(kubectl get pod site -o jsonpath='{.status.podIP}' 2>/dev/null)
[ -n "$IP" ] || { echo "site has no address"; exit 1; }
for n in 1 2 3 4 5; do
  if curl -s --max-time 3 "http://$IP" | grep -q "From the config map"; then
    exit 0
  fi
  sleep 2
done
exit 1
