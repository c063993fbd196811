#!/bin/sh
# The sample router: the same bytes each time, and a truth file that says what unsquashfs finds.
set -eu
build=$ASSAY_SOURCE/corpus/samples/router.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PATH=$PATH:/usr/sbin:/sbin

# Built from what this machine has, so that the test needs no network; twice, under other circumstances.
export ASSAY_CACHE="$work/cache"
sh "$build" "$work/one.img" offline 2> /dev/null
(cd "$work" && umask 077 && mkdir other && TMPDIR="$work/other" TZ=Asia/Tokyo LANG=tr_TR.UTF-8 sh "$build" two.img offline 2> /dev/null)
cmp "$work/one.img" "$work/two.img"
cmp "$work/one.img.truth.json" "$work/two.img.truth.json"

python3 - "$work/one.img" <<'PY'
import hashlib, json, subprocess, sys
image = sys.argv[1]
data, truth = open(image, "rb").read(), json.load(open(image + ".truth.json"))
at = 0
for part in truth["layout"]:
    assert part["offset"] == at, part
    at += part["length"]
assert at == truth["size"] == len(data) and truth["sha256"] == hashlib.sha256(data).hexdigest()
rootfs = next(p for p in truth["layout"] if p["name"] == "rootfs")
with open(image + ".squashfs", "wb") as file:
    file.write(data[rootfs["offset"]:rootfs["offset"] + rootfs["length"]])
listing = subprocess.run(["unsquashfs", "-lln", "-d", "", image + ".squashfs"], check=True, capture_output=True, text=True).stdout
kinds = {"-": "file", "d": "directory", "l": "symlink", "c": "char-device", "b": "block-device", "p": "fifo"}
found = {}
for line in listing.splitlines():
    if not line or line[0] not in kinds or " /" not in line:
        continue
    path = line[line.index(" /") + 2:].split(" -> ")[0]
    found[path] = kinds[line[0]]
found.pop("", None)
expected = {e["path"]: e["type"] for e in truth["rootfs"]}
assert found == expected, sorted(set(found.items()) ^ set(expected.items()))[:10]
for entry in truth["rootfs"]:
    if entry["type"] == "file":
        content = subprocess.run(["unsquashfs", "-cat", image + ".squashfs", entry["path"]], check=True, capture_output=True).stdout
        assert hashlib.sha256(content).hexdigest() == entry["sha256"] and len(content) == entry["size"], entry["path"]
PY
