kubectl -n legacy get deploy hello && echo "done"
