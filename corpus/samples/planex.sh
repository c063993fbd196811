#!/bin/sh
# The planex image of vendor-builder.py. usage: planex.sh OUT [part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" planex "$@"
