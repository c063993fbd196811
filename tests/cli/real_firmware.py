#!/usr/bin/env python3
"""Scans real firmware and compares the report with what independent programs say. usage: real_firmware.py ASSAY SOURCE_TREE WORK
router image: every path of the builder's truth file (type, mode, SHA-256), its components, coverage; netboot initrd: cpio's tree, components.
Exit code 77 (skipped) where the packages cannot be fetched."""
import base64, glob, hashlib, json, os, stat, subprocess, sys

assay, source, work = sys.argv[1:4]
os.makedirs(work, exist_ok=True)
cache = os.environ.get("ASSAY_CACHE", os.path.join(source, "build/cache"))

def scan(path):
    report = os.path.join(work, os.path.basename(path) + ".report")
    code = subprocess.run([assay, "scan", "-q", path, "-o", report], stderr=subprocess.DEVNULL).returncode
    assert code in (0, 1, 3, 4), f"exit status {code}"
    return json.loads(base64.b64decode(json.load(open(report))["payload"]))["predicate"]

def compare(name, found, expected):
    missing = sorted(set(expected) - set(found))
    assert not missing, f"{name}: {len(missing)} paths missing, first {missing[0]}"
    for path, row in expected.items():
        for key, value in row.items():
            assert found[path].get(key) == value, f"{name}: {path}: {key} is {found[path].get(key)}, expected {value}"
    print(f"{name}: {len(expected)} paths as expected")

def below(predicate, prefix):
    return {a["path"][len(prefix):]: a for a in predicate["artifacts"] if a["path"].startswith(prefix)}

def check_router():
    image = os.path.join(work, "router.img")
    built = subprocess.run(["sh", os.path.join(source, "corpus/samples/router.sh"), image], env={**os.environ, "ASSAY_CACHE": cache}, capture_output=True, text=True)
    if built.returncode != 0:
        print("skipped: the router sample cannot be built here:", built.stderr.strip().splitlines()[-1:])
        return False
    again = os.path.join(work, "router.again")
    subprocess.run(["sh", os.path.join(source, "corpus/samples/router.sh"), again], env={**os.environ, "ASSAY_CACHE": cache}, check=True, stdout=subprocess.DEVNULL)
    assert open(image, "rb").read() == open(again, "rb").read(), "the builder is not reproducible"
    truth, predicate = json.load(open(image + ".truth.json")), scan(image)
    types = {"file": "file", "directory": "directory", "symlink": "symlink", "character": "char-device", "block": "block-device", "fifo": "fifo"}
    for kind, rows in (("squashfs", truth["rootfs"]), ("jffs2", truth["overlay"])):
        part = next((p for p in truth["layout"] if p["kind"] == kind), None)
        if part is None:
            continue
        expected = {}
        for row in rows:
            want = {"mode": int(row["mode"], 8)} if row["type"] != "symlink" else {}
            if row["type"] in types:
                want["type"] = types[row["type"]]
            if "sha256" in row:
                want["sha256"] = row["sha256"]
            if "target" in row:
                want["link"] = row["target"]
            expected[row["path"]] = want
        compare(f"router {kind}", below(predicate, f"router.img/{part['offset']:x}.{kind}/"), expected)
    names = {c["name"] for c in predicate["components"]}
    for c in truth["components"]:
        assert c["name"] in names, f"router: component {c['name']} was not found"
    ppm = predicate["coverage"]["partsPerMillion"]
    assert ppm >= 990000, f"router: {ppm} ppm explained"
    print(f"router: {len(truth['components'])} components, {ppm} ppm explained")
    return True

def check_initrd():
    fetched = subprocess.run([os.path.join(source, "tools/fetch-packages"), cache, "debian-installer-12-netboot-armhf"], capture_output=True, text=True)
    if fetched.returncode != 0:
        print("skipped: the netboot package cannot be fetched here")
        return False
    subprocess.run(f"cd {work} && rm -rf netboot tree && mkdir tree && dpkg-deb -x {fetched.stdout.split()[0]} netboot", shell=True, check=True)
    initrd = glob.glob(f"{work}/netboot/**/initrd.gz", recursive=True)[0]
    subprocess.run(f"cd {work}/tree && gzip -dc {initrd} | cpio -idm --quiet 2> /dev/null", shell=True)
    expected = {}
    for directory, names, files in os.walk(f"{work}/tree"):
        for name in names + files:
            path = os.path.join(directory, name)
            facts = os.lstat(path)
            row = {"mode": stat.S_IMODE(facts.st_mode)} if not stat.S_ISLNK(facts.st_mode) else {"link": os.readlink(path)}
            if stat.S_ISREG(facts.st_mode):
                row["sha256"] = hashlib.sha256(open(path, "rb").read()).hexdigest()
            if not stat.S_ISCHR(facts.st_mode) and not stat.S_ISBLK(facts.st_mode):
                expected[os.path.relpath(path, f"{work}/tree")] = row
    predicate = scan(initrd)
    compare("initrd", below(predicate, "initrd.gz/content/"), expected)
    assert len(predicate["components"]) >= 20, f"initrd: {len(predicate['components'])} components"
    print(f"initrd: {len(predicate['components'])} components, {predicate['coverage']['partsPerMillion']} ppm explained")
    return True

done = [check_router(), check_initrd()]
sys.exit(0 if all(done) else 77)
