#!/bin/sh
# The realtek-cvimg image of vendor-builder.py. usage: realtek-cvimg.sh OUT [boot|part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" realtek-cvimg "$@"
