#!/bin/bash
p='kubectl get pod limited -o'
[ "$($p jsonpath='{.spec.securityContext.runAsUser}')" == 1000 ] || exit 1
[ "$($p jsonpath='{.spec.containers[0].securityContext.readOnlyRootFilesystem}')" == true ] || exit 2
[ "$($p jsonpath='{.spec.containers[0].securityContext.allowPrivilegeEscalation}')" == false ] || exit 3
kubectl wait --for=condition=Ready pod/limited --timeout=60s || exit 4
[ "$(kubectl exec limited -- id -u)" == 1000 ] || exit 5
! kubectl exec limited -- sh -c 'echo x > /file'
