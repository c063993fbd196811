#!/bin/sh
# The packed AndroidManifest.xml of a small app, made by aapt. usage: android_app.sh OUT
set -eu
out=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '<?xml version="1.0" encoding="utf-8"?>\n<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="org.example.app"></manifest>\n' > "$work/AndroidManifest.xml"
aapt package -M "$work/AndroidManifest.xml" -I /usr/share/android-framework-res/framework-res.apk -f -F "$work/a.apk" --version-name 1.2 --version-code 7
unzip -q -p "$work/a.apk" AndroidManifest.xml > "$out"
