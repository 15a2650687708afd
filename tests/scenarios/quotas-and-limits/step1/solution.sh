kubectl create quota team-quota --hard=pods=3,requests.cpu=1,requests.memory=512Mi -n team-a
