#!/usr/bin/env bash
set -o pipefail
D='kubectl get deploy site -o'
ok=1
check() { # name expected actual
  if [ "$2" == "$3" ]; then printf '  %-10s ok\n' "$1"; else printf '  %-10s expected %s, got %s\n' "$1" "$2" "$3"; ok=0; fi
}
check replicas 2 "$($D jsonpath='{.spec.replicas}')"
check port 80 "$($D jsonpath='{.spec.template.spec.containers[0].ports[0].containerPort}')"
check sa builder "$($D jsonpath='{.spec.template.spec.serviceAccountName}')"
check cpu 50m "$($D jsonpath='{.spec.template.spec.containers[0].resources.requests.cpu}')"
check env debug "$($D jsonpath='{.spec.template.spec.containers[0].env[?(@.name=="LOG")].value}')"
(( ok ))
