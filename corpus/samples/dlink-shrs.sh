#!/bin/sh
# The dlink-shrs image of vendor-builder.py. usage: dlink-shrs.sh OUT [otherkey|part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" dlink-shrs "$@"
