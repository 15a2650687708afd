kubectl auth can-i get nodes --as jane -q && \
kubectl get clusterrolebinding node-reader -o jsonpath='{.subjects[0].kind}/{.subjects[0].name}' | grep -q '^User/jane$' && \
! kubectl auth can-i create nodes --as jane -q
