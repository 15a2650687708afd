grep -Eq 'ImagePullBackOff|ErrImagePull' /root/reason.txt
