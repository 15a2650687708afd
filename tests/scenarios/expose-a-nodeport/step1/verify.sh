#!/bin/bash
port=$(kubectl get svc echo-np -o jsonpath='{.spec.ports[0].nodePort}')
[ "$port" == "30080" ] || { echo "port is $port"; exit 1; }
for node in controlplane node01; do
  curl -sf "http://$node:30080" >/dev/null || { echo "$node does not answer"; exit 1; }
done
IP=$(kubectl get node node01 -o jsonpath='{.status.addresses[0].address}')
wget -qO- "http://$IP:30080" | grep -q nginx
