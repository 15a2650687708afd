kubectl create priorityclass urgent --value=1000 --description="for important work"
kubectl run vip --image=nginx:alpine --overrides='{"spec":{"priorityClassName":"urgent"}}'
