kubectl exec system -- env | grep -q APP_NAME=my-system
