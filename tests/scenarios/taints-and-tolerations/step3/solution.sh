kubectl taint nodes node01 dedicated=gpu:NoSchedule-
