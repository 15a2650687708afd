expected=$(cat <<EOF
alpha: nginx:alpine
beta: nginx:alpine
gamma: nginx:alpine
EOF
)
if [[ "$(cat /opt/reports/images.txt 2>/dev/null)" != "$expected" ]]; then
  diff <(echo "$expected") /opt/reports/images.txt
  exit 1
fi
