kubectl -n audit create sa auditor
kubectl -n audit create role pod-reader --verb=get,list,watch --resource=pods
kubectl -n audit create rolebinding auditor-reads --role=pod-reader --serviceaccount=audit:auditor
