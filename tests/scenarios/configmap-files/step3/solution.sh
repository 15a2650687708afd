echo '<h1>Second edition</h1>' > /root/site/index.html
kubectl create cm web-content --from-file=/root/site/ --dry-run=client -o yaml | kubectl replace -f -
