[ "$(cat /root/worker)" == "node01" ]
