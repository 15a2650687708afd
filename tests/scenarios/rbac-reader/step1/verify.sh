#!/bin/bash
SA=system:serviceaccount:audit:auditor
can() { kubectl auth can-i "$@" -n audit --as="$SA" 2>/dev/null; }

[[ "$(can list pods)" == "yes" ]] || { echo "auditor cannot list pods"; exit 1; }
[[ "$(can watch pods)" == "yes" ]] || { echo "auditor cannot watch pods"; exit 1; }
[[ "$(can delete pods)" == "no" ]] || { echo "auditor can delete pods"; exit 1; }
[[ "$(can get secrets)" == "no" ]] || { echo "auditor can read secrets"; exit 1; }
[[ "$(kubectl auth can-i list pods -n default --as=$SA)" == "no" ]] || exit 1
exit 0
