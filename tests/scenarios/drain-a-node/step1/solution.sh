kubectl drain node01 --ignore-daemonsets --delete-emptydir-data --force
kubectl wait --for=delete pod/lonely --timeout=60s || true
