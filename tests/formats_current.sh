#!/bin/sh
# Is docs/formats.md what the registry says? usage: formats_current.sh ASSAY SOURCE_TREE
set -eu
"$1" formats --markdown | cmp - "$2/docs/formats.md" || { echo "docs/formats.md is not current: assay formats --markdown > docs/formats.md" >&2; exit 1; }
