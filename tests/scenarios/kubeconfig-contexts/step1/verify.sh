[ "$(kubectl config current-context)" = "dev" ] && [ "$(kubectl config view --minify -o jsonpath='{..namespace}')" = "dev" ]
