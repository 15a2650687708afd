kubectl set env deployment/crasher CONFIG=yes
kubectl rollout status deploy crasher --timeout=60s
