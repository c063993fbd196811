#!/bin/sh
# The cybertan image of vendor-builder.py. usage: cybertan.sh OUT [part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" cybertan "$@"
