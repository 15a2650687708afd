kubectl cp box:/etc/nginx/nginx.conf /root/nginx.conf
echo 'hi there' > /root/hello.html
kubectl cp /root/hello.html box:/usr/share/nginx/html/hello.html
