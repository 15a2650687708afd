grep -q '"kind": "PodList"' /root/pods.json
