ssh -o StrictHostKeyChecking=no node01 'cat /opt/marker' | grep -q 'was here'
