#!/bin/sh
# The sercomm image of vendor-builder.py. usage: sercomm.sh OUT [part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" sercomm "$@"
