grep -qi 'insufficient cpu' /root/why
