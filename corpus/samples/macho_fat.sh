#!/bin/sh
# A universal file of two Mach-O programs. usage: macho_fat.sh OUT
exec sh "$(dirname "$0")/macho.sh" "$1" fat
