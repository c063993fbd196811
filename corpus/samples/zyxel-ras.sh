#!/bin/sh
# The zyxel-ras image of vendor-builder.py. usage: zyxel-ras.sh OUT [part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" zyxel-ras "$@"
