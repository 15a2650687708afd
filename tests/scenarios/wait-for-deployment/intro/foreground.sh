echo "Preparing the lab..."
while [ ! -f /tmp/.ready ]; do sleep 1; done
clear
echo "Ready."
