kubectl create ingress menu -n cafe --class=nginx --rule="cafe.example.com/tea*=tea:80" --rule="cafe.example.com/coffee*=coffee:80"
