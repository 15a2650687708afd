[[ -s /root/errors.log ]] && ! grep -qv ERROR /root/errors.log && (( $(wc -l < /root/errors.log) >= 3 ))
