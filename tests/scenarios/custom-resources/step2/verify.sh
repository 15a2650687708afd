kubectl get bk nightly --no-headers | awk '{print $2}' | grep -q '^etcd$' && grep -qi 'invalid' /root/refused
