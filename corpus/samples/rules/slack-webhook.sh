#!/bin/sh
# Emits the sample; in one piece it would look like a real secret to scanners. usage: slack-webhook.sh OUT
set -eu
printf '%s' 'https:/' '/hooks.' 'slack.c' 'om/serv' 'ices/T1' '2345678' '/B12345' '678/A1b' '2C3d4E5' 'f6G7h8J' '9k0L1m2' '
' > "$1"
