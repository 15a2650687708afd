kubectl create ns audit
kubectl -n audit create deployment ledger --image=nginx:alpine
