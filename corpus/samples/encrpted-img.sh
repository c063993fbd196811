#!/bin/sh
# The encrpted-img image of vendor-builder.py. usage: encrpted-img.sh OUT [part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" encrpted-img "$@"
