kubectl apply -f ~/pv.yaml
cat <<EOF | kubectl apply -f -
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: logs-claim
spec:
  accessModes:
    - ReadWriteOnce
  storageClassName: manual
  resources:
    requests:
      storage: 500Mi
EOF
kubectl wait --for=jsonpath='{.status.phase}'=Bound pvc/logs-claim --timeout=30s
