for i in 1 2 3 4; do kubectl run "web-$i" --image=nginx:alpine -l "app=web,track=stable"; done
kubectl label pod web-4 track=canary --overwrite
