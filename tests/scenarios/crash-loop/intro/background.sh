kubectl apply -f /root/app.yaml
sleep 45
