#!/bin/sh
# The poray image of vendor-builder.py. usage: poray.sh OUT [a5|part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" poray "$@"
