want=$(kubectl get nodes --no-headers | wc -l)
have=$(kubectl get ds agent -o jsonpath='{.status.numberReady}')
[ "$want" = "$have" ]
