n=$(cat /root/count); [[ $n =~ ^[0-9]+$ ]] && [ "$n" -ge 14 -a "$n" -le 18 ]
