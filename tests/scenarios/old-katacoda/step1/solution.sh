kubectl create deployment hello --image=nginx:alpine -n legacy
