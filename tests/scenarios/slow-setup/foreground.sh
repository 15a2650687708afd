echo "Installing..."
while [ ! -f /tmp/finished ]; do sleep 1; done
echo "Done, have fun!"
