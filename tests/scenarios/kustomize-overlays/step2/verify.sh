#!/bin/bash
img=$(kubectl -n prod get deploy prod-hello -o jsonpath='{.spec.template.spec.containers[0].image}')
rep=$(kubectl -n prod get deploy prod-hello -o jsonpath='{.spec.replicas}')
cm=$(kubectl -n prod get cm -o name | grep -c prod-cfg-)
if [[ "$img" == "nginx:1.27" && "$rep" -eq 3 && "$cm" -ge 1 ]]; then exit 0; else exit 1; fi
