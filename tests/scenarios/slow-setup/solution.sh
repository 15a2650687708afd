kubectl annotate --overwrite pod slow checked=yes
