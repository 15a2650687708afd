kubectl create sa robot
kubectl create token robot --duration=1h > /root/token
