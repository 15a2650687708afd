#!/bin/bash
kubectl wait --for=condition=Ready pod/writer --timeout=60s &>/dev/null || exit 1
n=$(kubectl exec writer -- sh -c 'wc -l < /logs/date')
if [ "$n" -lt 2 ]; then
  echo "the file has $n lines: was the Pod made anew?"
  exit 1
fi
