mkdir -p /root/kapp/prod
cat > /root/kapp/prod/kustomization.yaml <<'EOF'
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: prod
namePrefix: prod-
resources:
- ../base
replicas:
- name: hello
  count: 3
images:
- name: nginx
  newTag: "1.27"
configMapGenerator:
- name: cfg
  literals:
  - MODE=prod
EOF
kubectl create ns prod
kubectl apply -k /root/kapp/prod
kubectl -n prod rollout status deploy prod-hello --timeout=60s
