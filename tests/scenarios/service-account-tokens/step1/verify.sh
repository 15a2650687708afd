[ -s /root/token ] || exit 1
PAYLOAD=$(cut -d. -f2 < /root/token | tr '_-' '/+')
while [ $(( ${#PAYLOAD} % 4 )) -ne 0 ]; do PAYLOAD="${PAYLOAD}="; done
echo "$PAYLOAD" | base64 -d | grep -q 'system:serviceaccount:default:robot'
