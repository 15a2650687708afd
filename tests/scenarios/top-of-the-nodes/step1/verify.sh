kubectl get pod "$(cat /root/hungry)" >/dev/null
