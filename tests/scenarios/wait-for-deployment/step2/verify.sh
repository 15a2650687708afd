#!/bin/bash
if [ ! -s /root/gone.txt ]; then
  echo "There is no /root/gone.txt"
  exit 1
fi
POD=$(cat /root/gone.txt | tr -d '[:space:]')
POD=${POD#pod/}
if kubectl -n shop get pod "$POD" &> /dev/null; then
  echo "Pod $POD still exists"
  exit 1
fi
COUNT=$(kubectl -n shop get pods -l app=front --field-selector=status.phase=Running --no-headers | wc -l)
[ "$COUNT" -eq 3 ]
