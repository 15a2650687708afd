[[ "$(< /root/code)" =~ ^3$ ]]
