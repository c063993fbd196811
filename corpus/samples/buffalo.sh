#!/bin/sh
# The buffalo image of vendor-builder.py. usage: buffalo.sh OUT [part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" buffalo "$@"
