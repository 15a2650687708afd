kubectl create configmap app-config --from-file=/root/config/app.properties --from-literal=extra=1
kubectl create cm web-content --from-file=/root/site/
