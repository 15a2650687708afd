grep -q worker_processes /root/nginx.conf && kubectl exec box -- curl -s localhost/hello.html | grep -q 'hi there'
