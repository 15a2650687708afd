#!/bin/bash
color=$(kubectl get cm settings -n stage -o jsonpath='{.data.color}' 2>/dev/null || true)
lines=$(kubectl get cm settings -n stage -o jsonpath='{.data.banner}' 2>/dev/null | wc -l)
if [[ $color == green ]] && (( lines == 2 )); then
  echo "OK"
else
  echo "color=$color lines=$lines"
  exit 1
fi
