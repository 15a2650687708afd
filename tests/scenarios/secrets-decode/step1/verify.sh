PW=$(kubectl -n vault get secret database -o jsonpath="{.data['password']}" | base64 --decode)
if [ "$(cat /root/password.txt 2>/dev/null)" == "$PW" ]; then echo correct; else exit 1; fi
