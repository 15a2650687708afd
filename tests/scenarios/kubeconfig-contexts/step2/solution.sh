kubectl config get-contexts --output=name | sort > /opt/contexts
