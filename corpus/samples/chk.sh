#!/bin/sh
# The chk image of vendor-builder.py. usage: chk.sh OUT [part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" chk "$@"
