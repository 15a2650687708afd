kubectl -n vault get secret database -o jsonpath='{.data.password}' | base64 -d > /root/password.txt
