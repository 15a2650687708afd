#!/bin/bash
unschedulable=$(kubectl get node node01 -o jsonpath='{.spec.unschedulable}')
[[ "$unschedulable" == "true" ]] || { echo "node01 is still schedulable"; exit 1; }
left=$(kubectl get pods --field-selector spec.nodeName=node01 --no-headers 2>/dev/null | wc -l)
[[ "$left" -eq 0 ]] || { echo "$left pods are left"; exit 1; }
