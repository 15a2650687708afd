grep -qi '^no' /root/answer
