kubectl -n reports get pods --sort-by=.metadata.name -o jsonpath='{range .items[*]}{.metadata.name}{": "}{.spec.containers[0].image}{"\n"}{end}' > /opt/reports/images.txt
