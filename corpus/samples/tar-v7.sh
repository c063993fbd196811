#!/bin/sh
# A tar of the Seventh Edition, which has no magic. usage: tar-v7.sh OUT [TREE]
set -eu
exec sh "$(dirname "$0")/tar.sh" "$1" v7 "${2:-}"
