echo "step begins"
