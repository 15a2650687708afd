#!/bin/bash
for i in {1..15}; do
  kubectl get pod static-web-controlplane -o jsonpath='{.status.phase}' 2>/dev/null | grep -q Running && exit 0
  sleep 2
done
exit 1
