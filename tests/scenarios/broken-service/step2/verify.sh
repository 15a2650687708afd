grep -q 'Welcome to nginx' /root/title.txt
