kubectl -n reports get po --sort-by=.metadata.creationTimestamp --no-headers | tail -n 1 | awk '{print $1}' > /opt/reports/newest.txt
