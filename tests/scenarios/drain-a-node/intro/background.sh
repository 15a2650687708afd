#!/bin/bash
kubectl create deployment web --image=nginx:alpine --replicas=6
kubectl wait --for=condition=available --timeout=120s deploy/web
kubectl run lonely --image=nginx:alpine --overrides='{"spec":{"nodeName":"node01"}}'
kubectl wait --for=condition=ready pod/lonely --timeout=60s
