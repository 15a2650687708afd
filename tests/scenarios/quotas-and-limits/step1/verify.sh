q=$(kubectl -n team-a get resourcequota team-quota -o jsonpath='{.spec.hard.pods} {.spec.hard.requests\.cpu} {.spec.hard.requests\.memory}')
[ "$q" = "3 1 512Mi" ]
