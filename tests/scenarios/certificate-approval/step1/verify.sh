#!/bin/bash
cond=$(kubectl get csr lena -o jsonpath='{.status.conditions[0].type}' 2>/dev/null)
[[ "$cond" == "Approved" ]] || { echo "not approved: '$cond'"; exit 1; }
kubectl get csr lena -o jsonpath='{.status.certificate}' | base64 -d | head -1 | grep -q 'BEGIN CERTIFICATE'
