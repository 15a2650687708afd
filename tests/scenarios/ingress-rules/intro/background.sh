#!/bin/bash
kubectl create ns cafe
for svc in tea coffee; do
  kubectl -n cafe create deployment $svc --image=nginx:alpine
  kubectl -n cafe expose deployment $svc --port=80
done
kubectl -n cafe wait --for=condition=available deploy --all --timeout=120s
