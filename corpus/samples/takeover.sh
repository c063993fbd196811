#!/bin/sh
# The harmless input of the test extractor. usage: takeover.sh OUT
printf "ASSAY-TAKEOVER:nothing\n" > "$1"
