#!/bin/bash
kubectl -n vault wait --for=condition=Ready pod/client --timeout=60s >/dev/null 2>&1 || { echo "client is not ready"; exit 1; }
out=$(kubectl -n vault exec client -- sh -c 'echo "$DB_USER:$(cat /etc/db/password)"')
[[ $out == 'admin:S3cr3t!pass' ]] || { echo "got $out"; exit 1; }
if kubectl -n vault exec client -- touch /etc/db/x 2>/dev/null; then
  echo "the mount can be written"; exit 1
fi
