cp ~/.kube/config /root/qa.conf
kubectl --kubeconfig=/root/qa.conf config set-context --current --namespace=qa
KUBECONFIG=/root/qa.conf kubectl run probe --image=nginx:alpine
