#!/bin/bash
set -e
kubectl -n bank get networkpolicy deny-all
sel=$(kubectl -n bank get netpol deny-all -o jsonpath='{.spec.podSelector}')
[ "$sel" = "{}" ]
types=$(kubectl -n bank get netpol deny-all -o jsonpath='{.spec.policyTypes[*]}')
[[ " $types " == *" Ingress "* ]]
