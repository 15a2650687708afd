ssh node01 hostname > /root/worker
