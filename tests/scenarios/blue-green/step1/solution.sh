kubectl -n ship patch service ship -p '{"spec":{"selector":{"app":"ship","color":"green"}}}'
kubectl -n ship scale deploy/blue --replicas=0
sleep 2
