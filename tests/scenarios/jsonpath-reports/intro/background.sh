#!/bin/bash
kubectl create ns reports
for n in alpha beta gamma; do
  kubectl -n reports run "$n" --image=nginx:alpine --labels="team=$n,kind=web"
done
kubectl -n reports wait --for=condition=Ready pod --all --timeout=120s
mkdir -p /opt/reports
