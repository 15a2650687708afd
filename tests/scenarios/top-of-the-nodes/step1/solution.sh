kubectl top pod --sort-by=memory --no-headers | head -1 | awk '{print $1}' > /root/hungry
