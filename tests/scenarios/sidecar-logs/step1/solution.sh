cd /opt/labs/16
awk '{print} /mountPath: \/var\/log\/cleaner/ {
print "      - name: logger-con"
print "        image: busybox:1.36"
print "        command: [\"sh\", \"-c\", \"tail -n+1 -f /var/log/cleaner/cleaner.log\"]"
print "        volumeMounts:"
print "        - name: logs"
print "          mountPath: /var/log/cleaner"
}' cleaner.yaml > cleaner-new.yaml
kubectl apply -f cleaner-new.yaml
kubectl -n mars rollout status deploy cleaner --timeout=60s
sleep 3
