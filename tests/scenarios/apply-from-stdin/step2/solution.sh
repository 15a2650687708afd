kubectl get cm settings -n stage -o yaml | sed 's/color: .*/color: red/' | kubectl apply -f -
