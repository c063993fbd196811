#!/bin/sh
# The tplink-safeloader image of vendor-builder.py. usage: tplink-safeloader.sh OUT [text|part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" tplink-safeloader "$@"
