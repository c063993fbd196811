#!/bin/sh
# An image for STM32MP1, made by mkimage. usage: stm32_image.sh OUT
set -eu
seq 1 900 > "$1.in"
mkimage -T stm32image -a 0x2FFC2500 -e 0x2FFC2501 -d "$1.in" "$1" > /dev/null
rm -f "$1.in"
