kubectl get cm app-config -o jsonpath='{.data.app\.properties}' | grep -q '^retries=5$' || exit 1
kubectl get cm web-content -o yaml | grep -q 'index.html' || exit 1
