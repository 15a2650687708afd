#!/bin/bash
status="$(kubectl get pod slow -o 'jsonpath={.metadata.annotations.checked}')"
if [ "$status" != "yes" ]; then
    exit 1
fi
exit 0
