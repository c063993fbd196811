#!/bin/sh
# The dni image of vendor-builder.py. usage: dni.sh OUT [part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" dni "$@"
