! kubectl get ns tools
