kubectl logs chatty -c app --tail=20 | grep -c INFO > /root/count
