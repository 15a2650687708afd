kubectl create role robot-pods --verb=list --resource=pods
kubectl create rolebinding robot-pods --role=robot-pods --serviceaccount=default:robot
APISERVER=$(kubectl config view --minify -o jsonpath='{.clusters[0].cluster.server}')
TOKEN=$(cat /root/token)
curl -s -k -H "Authorization: Bearer $TOKEN" "$APISERVER/api/v1/namespaces/default/pods" > /root/pods.json
