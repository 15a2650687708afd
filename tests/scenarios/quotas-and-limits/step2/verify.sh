#!/bin/bash
have=$(kubectl -n team-a get deploy greedy -o jsonpath='{.status.replicas}' 2>/dev/null)
[ "$have" = "3" ] || { echo "replicas: $have"; exit 1; }
kubectl -n team-a get events | grep -q 'exceeded quota' || exit 1
used=$(kubectl -n team-a get quota team-quota -o jsonpath='{.status.used.pods}')
[ "$used" -eq 3 ]
