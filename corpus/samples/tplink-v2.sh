#!/bin/sh
# The tplink-v2 image of vendor-builder.py. usage: tplink-v2.sh OUT [v3|part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" tplink-v2 "$@"
