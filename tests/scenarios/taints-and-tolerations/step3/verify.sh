if kubectl describe node node01 | grep -q 'dedicated=gpu'; then exit 1; fi
