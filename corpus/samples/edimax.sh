#!/bin/sh
# The edimax image of vendor-builder.py. usage: edimax.sh OUT [little|part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" edimax "$@"
