#!/bin/bash
kubectl rollout status deployment/store --timeout=30s
