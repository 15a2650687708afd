kubectl create ns dev
kubectl create ns qa
