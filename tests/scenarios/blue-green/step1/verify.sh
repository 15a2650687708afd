#!/bin/bash
ip=$(kubectl -n ship get svc ship -o jsonpath='{.spec.clusterIP}')
declare -A seen
for _ in $(seq 10); do
  seen["$(curl -s "http://$ip")"]=1
done
[[ ${#seen[@]} -eq 1 && -n "${seen[version green]:-}" ]] || { echo "seen: ${!seen[*]}"; exit 1; }
[ "$(kubectl -n ship get deploy blue -o jsonpath='{.spec.replicas}')" -eq 0 ]
