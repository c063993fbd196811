#!/bin/sh
# The myloader image of vendor-builder.py. usage: myloader.sh OUT [part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" myloader "$@"
