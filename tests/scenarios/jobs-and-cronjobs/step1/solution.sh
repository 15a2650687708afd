kubectl create job sum --image=busybox:1.36 --dry-run=client -o yaml -- sh -c 's=0; for i in $(seq 1 10); do s=$((s+i)); done; echo $s' > sum.yaml
sed -i '/^spec:/a\  completions: 3\n  parallelism: 2' sum.yaml
kubectl apply -f sum.yaml
kubectl wait --for=condition=complete job/sum --timeout=90s
