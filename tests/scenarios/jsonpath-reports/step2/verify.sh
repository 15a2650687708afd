#!/bin/bash
set -e
mapfile -t want < <(kubectl get nodes -o jsonpath='{range .items[*]}{.status.addresses[?(@.type=="InternalIP")].address}{"\n"}{end}')
mapfile -t have < /opt/reports/ips.txt
[ "${#want[@]}" -eq "${#have[@]}" ]
for i in "${!want[@]}"; do
  [ "${want[$i]}" = "${have[$i]}" ]
done
[ "$(cat /opt/reports/count.txt)" = "${#want[@]}" ]
