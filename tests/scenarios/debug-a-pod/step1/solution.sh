kubectl debug app --image=busybox:1.36 -c debugger -- sleep 300
