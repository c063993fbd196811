#!/bin/sh
# What an Espressif chip holds: see esp-builder.py, for Debian has no maker. usage: esp_image.sh OUT [c3|bootloader|esp8266]
set -eu
python3 "$(dirname "$0")/esp-builder.py" "$1" image "${2:-}"
