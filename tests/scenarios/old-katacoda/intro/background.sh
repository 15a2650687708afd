kubectl create ns legacy
