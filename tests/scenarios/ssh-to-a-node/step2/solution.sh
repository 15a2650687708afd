ssh node01 'mkdir -p /opt && echo was here > /opt/marker'
