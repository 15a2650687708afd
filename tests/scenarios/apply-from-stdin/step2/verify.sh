[ "$(kubectl -n stage get cm settings -o go-template='{{.data.color}}')" = red ]
