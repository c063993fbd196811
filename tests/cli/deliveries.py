"""Software as it is delivered, in containers of containers: a full scan opens each down to a file that is known, and explains it.
usage: deliveries.py ASSAY SOURCE WORK"""
import base64
import gzip
import hashlib
import io
import json
import lzma
import os
import subprocess
import sys
import tarfile
import zipfile

NEEDLE = b"the file that all of them hold\n"


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def tarred(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def archived(files):
    out = b"!<arch>\n"
    for name, content in files.items():
        out += b"%-16s%-12d%-6d%-6d%-8o%-10d`\n" % (name.encode(), 0, 0, 0, 0o100644, len(content)) + content + b"\n" * (len(content) % 2)
    return out


def gz(content):
    return gzip.compress(content, mtime=0)


def zst(content):
    return subprocess.run(["zstd", "-qc"], input=content, stdout=subprocess.PIPE, check=True).stdout


def package(pack, end):
    control = tarred({"./control": b"Package: sample\nVersion: 1\n"})
    return archived({"debian-binary": b"2.0\n", "control.tar" + end: pack(control), "data.tar" + end: pack(tarred({"./usr/file": NEEDLE}))})


def old_package():
    return gz(tarred({"./debian-binary": b"2.0\n", "./control.tar.gz": gz(tarred({"./control": b"Package: sample\n"})),
                      "./data.tar.gz": gz(tarred({"./usr/file": NEEDLE}))}))


def squashed(work):
    tree, out = os.path.join(work, "tree"), os.path.join(work, "tree.squashfs")
    os.makedirs(tree, exist_ok=True)
    with open(os.path.join(tree, "file"), "wb") as file:
        file.write(NEEDLE)
    subprocess.run(["mksquashfs", tree, out, "-quiet", "-noappend"], check=True, stdout=subprocess.DEVNULL)
    with open(out, "rb") as file:
        return file.read()


def appimage(squashfs):
    with open("/bin/true", "rb") as file:
        program = bytearray(file.read())
    program[8:11] = b"AI\x02"
    return bytes(program) + squashfs


def deliveries(work):
    jar = zipped({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n", "a/B.txt": NEEDLE})
    war = zipped({"WEB-INF/lib/x.jar": jar})
    layer = tarred({"etc/file": NEEDLE, "etc/.wh.gone": b""})
    squashfs = squashed(work)
    return {
        "sample.jar": jar, "sample.war": war, "sample.ear": zipped({"x.war": war}), "sample.aar": zipped({"classes.jar": jar}),
        "sample.whl": zipped({"sample/__init__.py": NEEDLE}), "sample.nupkg": zipped({"content/x.txt": NEEDLE}),
        "sample.gem": tarred({"metadata.gz": gz(b"name: sample\n"), "data.tar.gz": gz(tarred({"lib/x.rb": NEEDLE})), "checksums.yaml.gz": gz(b"---\n")}),
        "sample.tgz": gz(tarred({"package/index.js": NEEDLE})), "sample.crate": gz(tarred({"sample-1/src/lib.rs": NEEDLE})),
        "gz.deb": package(gz, ".gz"), "xz.deb": package(lzma.compress, ".xz"), "zst.deb": package(zst, ".zst"), "old.ipk": old_package(),
        "sample.pkg.tar.zst": zst(tarred({".PKGINFO": b"pkgname = sample\n", "usr/file": NEEDLE})), "sample.snap": squashfs, "sample.AppImage": appimage(squashfs),
        "docker.tar": tarred({"manifest.json": b'[{"Config":"c.json","Layers":["l/layer.tar"]}]', "c.json": b'{"author":"me"}', "l/layer.tar": layer}),
        "oci.tar": tarred({"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": b'{"manifests":[]}', "blobs/sha256/aa": gz(layer)}),
    }


def artifacts(assay, source, path, work):
    report = os.path.join(work, "report.json")
    subprocess.run([assay, "scan", path, "--data", source, "-q", "-o", report], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    with open(report, "rb") as file:
        return json.loads(base64.b64decode(json.load(file)["payload"]))


def main():
    assay, source, work = sys.argv[1:4]
    os.makedirs(work, exist_ok=True)
    wanted, wrong = hashlib.sha256(NEEDLE).hexdigest(), 0
    for name, content in deliveries(work).items():
        path = os.path.join(work, name)
        with open(path, "wb") as file:
            file.write(content)
        text = json.dumps(artifacts(assay, source, path, work))
        whiteout = ".wh.gone" in text or name not in ("docker.tar", "oci.tar")
        if wanted not in text or not whiteout:
            print(name, "does not open to its file" if wanted not in text else "does not show its whiteout")
            wrong += 1
    return wrong > 0


sys.exit(main())
