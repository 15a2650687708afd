#!/bin/bash
rev=$(kubectl get deploy api -o jsonpath='{.metadata.annotations.deployment\.kubernetes\.io/revision}')
img=$(kubectl get deploy api -o jsonpath='{.spec.template.spec.containers[0].image}')
upd=$(kubectl get deploy api -o jsonpath='{.status.updatedReplicas}')
if [ "$img" != "nginx:1.27" ]; then echo "image is $img"; exit 1; fi
if [ "$rev" -lt 4 ]; then echo "revision $rev: was it undone?"; exit 1; fi
[ "$upd" -eq 4 ]
