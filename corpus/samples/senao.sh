#!/bin/sh
# The senao image of vendor-builder.py. usage: senao.sh OUT [part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" senao "$@"
