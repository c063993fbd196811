#!/bin/sh
# The modules of a program of PyInstaller. usage: pyz.sh OUT
exec sh "$(dirname "$0")/pyinstaller.sh" "$1" pyz
