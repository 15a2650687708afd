#!/bin/bash
ING=$(kubectl get ing menu -n cafe -o json 2>/dev/null) || { echo "no ingress"; exit 1; }
host=$(kubectl get ing menu -n cafe -o jsonpath='{.spec.rules[0].host}')
class=$(kubectl get ing menu -n cafe -o jsonpath='{.spec.ingressClassName}')
paths=$(kubectl get ing menu -n cafe -o jsonpath='{.spec.rules[*].http.paths[*].path}')
svcs=$(kubectl get ing menu -n cafe -o jsonpath='{.spec.rules[*].http.paths[*].backend.service.name}')
[ "$host" = "cafe.example.com" ] || exit 1
[ "$class" = "nginx" ] || exit 1
for p in /tea /coffee; do grep -qw -- "$p" <<< "$paths" || { echo "no $p"; exit 1; }; done
for s in tea coffee; do echo "$svcs" | grep -qw "$s" || { echo "no $s"; exit 1; }; done
