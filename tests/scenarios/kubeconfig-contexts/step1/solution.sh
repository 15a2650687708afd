CLUSTER=$(kubectl config view -o jsonpath='{.contexts[0].context.cluster}')
USER=$(kubectl config view -o jsonpath='{.contexts[0].context.user}')
kubectl config set-context dev --cluster="$CLUSTER" --user="$USER" --namespace=dev
kubectl config use-context dev
