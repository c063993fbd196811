#!/bin/sh
# What an Espressif chip holds: see esp-builder.py, for Debian has no maker. usage: esp_partitions.sh OUT [old]
set -eu
python3 "$(dirname "$0")/esp-builder.py" "$1" table "${2:-}"
