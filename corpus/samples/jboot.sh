#!/bin/sh
# The jboot image of vendor-builder.py. usage: jboot.sh OUT [factory|part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" jboot "$@"
