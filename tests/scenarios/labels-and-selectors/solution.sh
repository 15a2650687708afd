kubectl label pods -l track=stable tier=front
kubectl label pod web-1 track-
kubectl annotate pod web-2 owner=ops
kubectl delete pod -l track=canary --now
