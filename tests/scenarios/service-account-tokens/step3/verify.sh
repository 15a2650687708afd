#!/bin/bash
sa=$(kubectl get pod bot -o jsonpath='{.spec.serviceAccountName}')
[ "$sa" == "robot" ] || exit 1
kubectl exec bot -- cat /var/run/secrets/kubernetes.io/serviceaccount/namespace | grep -q default || exit 1
auto=$(kubectl get pod anonymous -o jsonpath='{.spec.automountServiceAccountToken}')
[ "$auto" = "false" ] || exit 1
kubectl exec anonymous -- ls /var/run/secrets/kubernetes.io && exit 1 || exit 0
