kubectl run tmp --restart=Never --rm -i --image=nginx:alpine -- curl -s -m 5 front.web:8080 | grep -o '<title>.*</title>' > /root/title.txt
