kubectl create ns team-a
