#!/usr/bin/env bash
kubectl create namespace vault
kubectl -n vault create secret generic database --from-literal=user=admin --from-literal=password='S3cr3t!pass'
