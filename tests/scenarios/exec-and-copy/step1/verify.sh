grep -q '/nowhere.*No such file' /root/complaint
