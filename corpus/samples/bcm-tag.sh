#!/bin/sh
# The bcm-tag image of vendor-builder.py. usage: bcm-tag.sh OUT [cfe|part:NAME]
set -eu
exec python3 "$(dirname "$0")/vendor-builder.py" bcm-tag "$@"
