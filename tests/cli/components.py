#!/usr/bin/env python3
"""Components end to end: what packages, their files and the programs in them say becomes one component each, tied to the others; and every piece
of evidence is read again from the blob that it names. usage: components.py ASSAY SOURCE_TREE WORK [IMAGE]"""
import base64, io, json, os, shutil, struct, subprocess, sys, tarfile

assay, source, work = sys.argv[1:4]
shutil.rmtree(work, ignore_errors=True)
os.makedirs(work)
DECODED = {"cargo-audit-metadata", "certificate-subject"}

def scan(path):
    report = os.path.join(work, os.path.basename(path) + ".report")
    code = subprocess.run([assay, "scan", "-q", path, "--data", source, "-o", report], stderr=subprocess.DEVNULL).returncode
    assert code in (0, 1, 3, 4), f"exit status {code}"
    return json.loads(base64.b64decode(json.load(open(report))["payload"]))["predicate"]

def escaped(data):
    """Printable ASCII as it is and '%' as %25, the rest as %XX; the evidence compared here holds nothing else."""
    return "".join(chr(b) if 0x20 <= b < 0x7F and b != 0x25 else f"%{b:02X}" for b in data)

def check_evidence(image, predicate):
    """No component without evidence, and all of it where it says."""
    tree, checked = os.path.join(work, "tree"), 0
    shutil.rmtree(tree, ignore_errors=True)
    subprocess.run([assay, "extract", image, "-C", tree], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    artifacts, local = predicate["artifacts"], {}
    for a in artifacts: # parents come first
        parent = a.get("parent")
        local[a["id"]] = image if parent is None else (os.path.join(tree, os.path.basename(image) + ".extracted") if local[parent] == image else local[parent] + ".extracted") \
            + a["path"][len(artifacts[int(parent[1:]) - 1]["path"]):]
    for c in predicate["components"]:
        assert c["evidence"], f"{c['name']} has no evidence"
        for e in c["evidence"]:
            if e["method"] in DECODED or not e.get("text"):
                continue
            with open(local[e["artifact"]], "rb") as blob:
                blob.seek(e["offset"])
                data = blob.read(e["length"])
            assert len(data) == e["length"], f"{c['name']}: the evidence reaches past the end of {e['artifact']}"
            if all(0x20 <= b < 0x7F for b in data[:400]):
                assert e["text"].startswith(escaped(data[:400])[:300]), f"{c['name']}: at {e['offset']} of {e['artifact']} stands {data!r}, not {e['text']!r}"
                checked += 1
    print(f"{os.path.basename(image)}: {checked} pieces of evidence of {len(predicate['components'])} components read again")

def elf(soname=None, needed=(), text=b""):
    """The least ELF with a dynamic section."""
    strings, entries = b"\0", []
    for tag, name in [(1, n) for n in needed] + ([(14, soname)] if soname else []):
        entries.append((tag, len(strings)))
        strings += name.encode() + b"\0"
    body = 64 + 2 * 56
    entries += [(5, body), (10, len(strings)), (0, 0)]
    at_dynamic = body + len(strings)
    dynamic = b"".join(struct.pack("<QQ", *e) for e in entries)
    size = at_dynamic + len(dynamic) + len(text)
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, size, size, 4096)
    dyn = struct.pack("<IIQQQQQQ", 2, 6, at_dynamic, at_dynamic, at_dynamic, len(dynamic), len(dynamic), 8)
    return head + load + dyn + strings + dynamic + text

STATUS = """Package: busybox
Status: install ok installed
Maintainer: Debian Install System Team <debian-boot@lists.debian.org>
Architecture: amd64
Version: 1:1.35.0-4+b1
Depends: libsample1 (>= 1), gone-package

Package: libsample1
Status: install ok installed
Maintainer: A <a@debian.org>
Architecture: amd64
Source: sample
Version: 1.0-1

Package: loop-a
Status: install ok installed
Maintainer: A <a@debian.org>
Architecture: all
Version: 1
Depends: loop-b

Package: loop-b
Status: install ok installed
Maintainer: A <a@debian.org>
Architecture: all
Version: 1
Depends: loop-a

"""
FILES = {
    "var/lib/dpkg/status": STATUS.encode(),
    "var/lib/dpkg/info/busybox.list": b"/.\n/bin\n/bin/busybox\n/usr/share/doc/busybox/copyright\n/usr/share/python3/x.dist-info/METADATA\n",
    "var/lib/dpkg/info/libsample1:amd64.list": b"/.\n/lib/libsample.so.1\n",
    "usr/share/doc/busybox/copyright": b"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: x\nLicense: GPL-2\n",
    "usr/share/python3/x.dist-info/METADATA": b"Metadata-Version: 2.1\nName: embedded\nVersion: 3.0\n\n",
    "bin/busybox": elf(needed=["libsample.so.1", "libnowhere.so.2"], text=b"BusyBox v1.35.0 (Debian 1:1.35.0-4+b1)\0BusyBox v1.30.1 (x)\0"),
    "usr/lib/libsample.so.1": elf(soname="libsample.so.1", text=b"sample library"),
    "opt/busybox.copy": elf(text=b"BusyBox v1.19.4 (2012)\0BusyBox v1.18.0 (2011)\0"),
}

def check_merge():
    image = os.path.join(work, "root.tar")
    with tarfile.open(image, "w") as tar:
        for name, data in FILES.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 0
            tar.addfile(info, io.BytesIO(data))
    predicate = scan(image)
    components = predicate["components"]
    ids = {c["id"]: c for c in components}
    named = lambda name: [c for c in components if c["name"] == name]
    relations = lambda c, kind: {ids[r["component"]]["name"] if "component" in r else r["reference"] for r in c.get("relations", []) if r["kind"] == kind}

    package = next(c for c in named("busybox") if c["purl"].startswith("pkg:deb/"))
    assert package["purl"] == "pkg:deb/debian/busybox@1:1.35.0-4%2Bb1?arch=amd64" and package["upstreamVersion"] == "1.35.0" and package["scope"] == "observed", package
    assert {e["method"] for e in package["evidence"]} == {"dpkg-status", "version-string"}
    assert [(c["version"], "metadata" in c["why"]) for c in package["conflicts"]] == [("1.30.1", True)], package["conflicts"]
    assert package["licences"] == ["GPL-2.0-only"], package["licences"]
    assert relations(package, "depends-on") == {"libsample1", "pkg:deb/debian/gone-package", "soname:libnowhere.so.2"}, relations(package, "depends-on")
    assert relations(package, "contains") == {"embedded"}, package["relations"]
    assert relations(package, "generated-from") == {"pkg:deb/debian/busybox@1:1.35.0-4%2Bb1?arch=source"}
    paths = {a["id"]: a["path"] for a in predicate["artifacts"]}
    assert {paths[f] for f in package["files"]} == {"root.tar/bin/busybox", "root.tar/usr/share/doc/busybox/copyright", "root.tar/usr/share/python3/x.dist-info/METADATA"}

    library = named("libsample1")[0]
    assert [paths[f] for f in library["files"]] == ["root.tar/usr/lib/libsample.so.1"], "a list from before /usr was merged"
    assert relations(library, "generated-from") == {"pkg:deb/debian/sample@1.0-1?arch=source"} and library["scope"] == "installed"
    assert relations(named("loop-a")[0], "depends-on") == {"loop-b"} and relations(named("loop-b")[0], "depends-on") == {"loop-a"}

    other = [c for c in named("busybox") if not c["purl"].startswith("pkg:deb/")]
    assert len(other) == 1 and other[0]["version"] == "1.19.4" and [c["version"] for c in other[0]["conflicts"]] == ["1.18.0"], other
    assert {e.get("version") for e in other[0]["evidence"]} == {None, "1.18.0"}
    print("merge: packages, programs, files, licences and relations as expected")
    check_evidence(image, predicate)
    assert scan(image) == predicate, "two scans differ"

check_merge()
image = sys.argv[4] if len(sys.argv) > 4 else os.path.join(os.path.dirname(work), "real", "router.img")
if os.path.exists(image):
    check_evidence(image, scan(image))
else:
    print(f"the evidence in the router sample was not read again: {image} is not there (cli.real_firmware builds it)")
