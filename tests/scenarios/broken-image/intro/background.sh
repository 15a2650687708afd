kubectl create deployment store --image=ngnix:1.27
sleep 10
