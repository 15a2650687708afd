kubectl logs chatty -c app | grep ERROR > /root/errors.log
