kubectl -n cafe patch ingress menu --type=merge -p '{"spec":{"tls":[{"hosts":["cafe.example.com"],"secretName":"cafe-tls"}]}}'
