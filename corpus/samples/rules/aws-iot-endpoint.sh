#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: aws-iot-endpoint.sh OUT
set -eu
printf '%s' 'a1b2c3d' '4e5f6g7' '-ats.io' 't.eu-we' 'st-1.am' 'azonaws' '.com
' > "$1"
