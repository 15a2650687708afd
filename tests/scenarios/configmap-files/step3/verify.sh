IP=$(kubectl get pod site -o jsonpath='{.status.podIP}')
timeout 150 bash -c "until curl -s http://$IP | grep -q 'Second edition'; do sleep 3; done"
