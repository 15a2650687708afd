want=$(kubectl -n reports get pods --sort-by=.metadata.creationTimestamp -o name | tail -1 | cut -d/ -f2)
[ "$(cat /opt/reports/newest.txt)" == "$want" ]
