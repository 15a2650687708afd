kubectl set image deployment/api nginx=nginx:1.27
kubectl annotate deployment/api kubernetes.io/change-cause="to 1.27" --overwrite
kubectl rollout status deployment/api
