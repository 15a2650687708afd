#!/bin/bash
set -euo pipefail

NS="shop"
DEPLOY="front"

fail() { echo "❌ $1"; exit 1; }
pass() { echo "✅ $1"; }

kubectl -n "$NS" get deploy "$DEPLOY" >/dev/null 2>&1 || fail "Deployment $DEPLOY is missing in $NS"
READY="$(kubectl -n "$NS" get deploy "$DEPLOY" -o jsonpath='{.status.readyReplicas}')"
[[ "${READY:-0}" -ge 3 ]] || fail "only ${READY:-0} replicas are ready"
kubectl -n "$NS" wait --for=condition=Available "deploy/$DEPLOY" --timeout=60s >/dev/null || fail "not available"
pass "front runs with $READY replicas"
