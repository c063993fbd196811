#!/bin/sh
# The seama image of vendor-builder.py. usage: seama.sh OUT [little|dlob|sealed|part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" seama "$@"
