#!/bin/bash
kubectl create ns web
kubectl -n web create deployment front --image=nginx:alpine --replicas=2
kubectl -n web create service clusterip front --tcp=8080:8080
kubectl -n web set selector service front 'app=frontend'
kubectl -n web rollout status deploy/front --timeout=60s
