grep -q '<h1>Welcome to nginx!</h1>' /root/page.html
