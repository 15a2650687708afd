#!/bin/bash
set -euo pipefail
kubectl create namespace shop
kubectl -n shop create configmap motd --from-literal=greeting=hello
touch /tmp/.ready
