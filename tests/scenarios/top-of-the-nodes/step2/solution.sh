kubectl set resources deploy web --requests=cpu=100m
kubectl autoscale deployment web --min=1 --max=5 --cpu=50%
