diff <(kubectl config get-contexts -o name | sort) /opt/contexts
