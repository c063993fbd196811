#!/bin/sh
# The wrgg image of vendor-builder.py. usage: wrgg.sh OUT [little|old|part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" wrgg "$@"
