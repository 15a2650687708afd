! kubectl get node node01 | grep -q SchedulingDisabled
