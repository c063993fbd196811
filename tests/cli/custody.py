#!/usr/bin/env python3
"""The chain of custody as an examiner uses it, and as someone who wants to change it would. usage: custody.py ASSAY SOURCE WORK

Signatures are checked by openssl alone as well; the CASE document by case_validate (PyPI case-utils) where ASSAY_CASE names a directory
that holds it."""
import base64, hashlib, json, os, random, shutil, signal, subprocess, sys, time
import xml.etree.ElementTree as xml

ASSAY, SOURCE, WORK = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3]
shutil.rmtree(WORK, ignore_errors=True)
os.makedirs(WORK)
os.chdir(WORK)
failures = []

def check(condition, what):
    print(("ok    " if condition else "WRONG ") + what)
    if not condition:
        failures.append(what)

def assay(*arguments):
    return subprocess.run([ASSAY, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)

def put(name, data):
    open(name, "wb").write(data)

def lines():
    return open("case/log.jsonl", "rb").read().splitlines(keepends=True)

def verify(*more):
    return assay("case", "verify", "case", "--key", "lab.pub", "--key", "court.pub", *more)

def add(*more, key="lab.pem"):
    return assay("case", "add", "case", "--key", key, "--actor", "J. Example", "--why", "order 12/26", "--when", "2026-11-24T12:00:00Z", *more)

for name in ("lab", "court", "other"):
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", name + ".pem"], check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["openssl", "pkey", "-in", name + ".pem", "-pubout", "-out", name + ".pub"], check=True)
put("dump.bin", bytes(range(256)) * 64)
put("chip.jpg", b"\xff\xd8\xff\xe0 a photograph")
put("dump.map", b"# Mapfile. Created by GNU ddrescue version 1.27\n0x00000000     +               1\n0x00000000  0x00001000  +\n0x00001000  0x00000200  -\n0x00001200  0x00002E00  +\n")

# ---- a case from its beginning to its export
r = assay("case", "init", "case", "--id", "2026-117", "--key", "lab.pem", "--actor", "J. Example", "--why", "seizure <12>", "--when", "2026-11-24T11:00:00Z")
check(r.returncode == 0 and r.stdout.startswith("1:"), "a case begins with a signed entry, and prints its head")
check(assay("case", "init", "case", "--id", "x", "--key", "lab.pem", "--actor", "a", "--why", "w").returncode == 2, "a case is not begun twice")
r = add("--action", "acquire", "--fact", "device=DVR 4ch", "--fact", "serial=SN 0815", "--fact", "reader=CH341A at 3.3 V", "--photo", "chip.jpg", "--map", "dump.map", "--copy", "dump.bin",
        "--role", "examiner", "--where", "Laboratory 2", "--clock", "synchronised")
check(r.returncode == 0 and r.stdout.startswith("2:"), "an acquisition is added")
r = assay("case", "transfer", "case", "--to", "K. Court", "--key", "lab.pem", "--key", "court.pem", "--actor", "J. Example", "--why", "trial", "--when", "2026-11-25T09:00:00+01:00", "dump.bin")
check(r.returncode == 0, "a hand-over is signed by both")
check(add("--action", "correct", "--corrects", "2", "--fact", "serial=SN 0816").returncode == 0, "a correction is a new entry")
head = assay("case", "log", "case").stdout.strip().rsplit("head", 1)[1].strip()
r = verify("--objects", "--head", head)
check(r.returncode == 0 and "whole: 4 entries" in r.stdout, "the whole log verifies, with its copies and its head")

entries = [json.loads(base64.b64decode(json.loads(line)["payload"])) for line in lines()]
acquired = entries[1]["predicate"]
digest = hashlib.sha256(open("dump.bin", "rb").read()).hexdigest()
check(any(o["sha256"] == digest and o["role"] == "out" for o in acquired["objects"]), "the image's digest is that of hashlib")
check(acquired["acquisition"]["unread"] == [{"length": 512, "offset": 4096, "status": acquired["acquisition"]["unread"][0]["status"]}], "what ddrescue did not read is kept")
check(open("case/objects/" + digest, "rb").read() == open("dump.bin", "rb").read(), "the copy is the object")
check(entries[2]["predicate"]["previous"] == hashlib.sha256(lines()[1].rstrip(b"\n")).hexdigest(), "an entry names the digest of the line before")
check(len(json.loads(lines()[2])["signatures"]) == 2, "both signatures stand on the hand-over")

# ---- openssl alone
envelope = json.loads(lines()[1])
payload = base64.b64decode(envelope["payload"])
kind = envelope["payloadType"].encode()
put("pae", b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload))
put("sig", base64.b64decode(envelope["signatures"][0]["sig"]))
check(subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "lab.pub", "-rawin", "-in", "pae", "-sigfile", "sig"], stdout=subprocess.DEVNULL).returncode == 0,
      "openssl alone verifies an entry")

# ---- what is not an entry is refused before anything is written
before = lines()
check(add("--action", "steal").returncode == 2, "an unknown action is refused")
check(add("--action", "note", "--when", "yesterday").returncode == 2, "a time that is none is refused")
check(add("--action", "note", "--fact", "Bad Key=1").returncode == 2, "a fact without a sound key is refused")
check(add("--action", "note", "missing.bin").returncode == 2, "a missing object is refused")
check(add("--action", "correct", "--corrects", "99").returncode == 2, "a correction of a later entry is refused")
check(lines() == before, "nothing of that reached the log")

# ---- tampering: each is found and named
def tampered(new, what, *expected, more=()):
    put("case/log.jsonl", b"".join(new))
    r = verify(*more)
    check(r.returncode == 1 and all(e in r.stdout for e in expected), f"{what}: {r.stdout.strip().splitlines()[0] if r.stdout else r.stderr.strip()}")
    put("case/log.jsonl", b"".join(before))

tampered([before[0], before[2], before[3]], "a removed entry is named", "entry 2 was removed")
tampered([before[0], before[2], before[1], before[3]], "moved entries are named", "entry 2 stands behind entry 3")
tampered([before[0], before[1], before[1], before[2], before[3]], "an entry that is there twice is named", "entry 2 stands behind entry 2")
tampered(before[1:], "a cut beginning is named", "entries 1 to 1 are missing")
tampered(before[:2], "a cut tail is named from HEAD", "entries 3 to 4 are missing: the log was cut")
os.rename("case/HEAD", "HEAD.kept")
tampered(before[:3], "a cut tail is named from a head that was kept elsewhere", "entries 4 to 4 are missing", more=("--head", head))
os.rename("HEAD.kept", "case/HEAD")
put("case/log.jsonl", b"".join(before))
edited = json.loads(before[1])
edited["payload"] = base64.b64encode(payload.replace(b"SN 0815", b"SN 0915")).decode()
tampered([before[0], json.dumps(edited).encode() + b"\n", before[2], before[3]], "an edited entry is named", "entry 2 was edited")
check(assay("case", "verify", "case", "--key", "other.pub").returncode == 1, "a stranger's key verifies nothing")
put("case/objects/" + digest, b"altered") if os.access("case/objects/" + digest, os.W_OK) else None
r = verify("--objects")
check(r.returncode == 1 and "was altered" in r.stdout, "an altered copy is named")
shutil.copyfile("dump.bin", "case/objects/" + digest)

whole = b"".join(before)
random.seed(7)
missed = []
for at in sorted(random.sample(range(len(whole)), 250)):
    for change in (0x01, 0x80):
        flipped = bytearray(whole)
        flipped[at] ^= change
        put("case/log.jsonl", bytes(flipped))
        r = verify()
        if r.returncode not in (1, 2):
            missed.append((at, change, r.returncode))
put("case/log.jsonl", whole)
check(not missed, f"no flipped byte goes unnoticed or crashes: {missed[:3]}")

# ---- power loss and company
for cut in (1, len(before[3]) // 2, len(before[3]) - 1):
    put("case/log.jsonl", whole + before[3][:cut])
    check(verify().returncode == 0, "an entry that was never acknowledged spoils nothing that was")
    r = add("--action", "note")
    check(r.returncode == 0 and b"".join(lines()).startswith(whole), "the next entry follows the last whole one")
    last = json.loads(base64.b64decode(json.loads(lines()[-1])["payload"]))["predicate"]
    check(last.get("recovered", {}).get("bytes") == cut and verify().returncode == 0, "and says what it found and put aside")
    put("case/log.jsonl", whole)
    os.unlink("case/HEAD")
for _ in range(3):
    writers = [subprocess.Popen([ASSAY, "case", "add", "case", "--action", "note", "--key", "lab.pem", "--actor", f"writer {i}", "--why", "w"], stdout=subprocess.PIPE) for i in range(8)]
    heads = [w.communicate()[0].decode().strip() for w in writers]
    check(all(w.returncode == 0 for w in writers) and len(set(heads)) == 8, "eight writers at once all get an entry of their own")
r = verify()
check(r.returncode == 0 and "whole: 28 entries" in r.stdout, "and the log is whole")
acknowledged = []
for i in range(12):
    w = subprocess.Popen([ASSAY, "case", "add", "case", "--action", "note", "--key", "lab.pem", "--actor", "k", "--why", "w"], stdout=subprocess.PIPE)
    time.sleep(random.random() * 0.15)
    w.send_signal(signal.SIGKILL)
    said = w.communicate()[0].decode().strip()
    if said:
        acknowledged.append(said)
check(all(verify("--head", said).returncode == 0 for said in acknowledged) and verify().returncode == 0, f"a writer killed at any moment loses nothing that it acknowledged ({len(acknowledged)} had)")

# ---- an EWF image says how it was acquired
if shutil.which("ewfacquire"):
    subprocess.run("ewfacquire -u -t e01 -C 2026-117 -D 'flash of a DVR' -e Examiner -E item-4 -N note -c fast -f encase6 dump.bin", shell=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    r = add("--action", "convert", "--out", "e01.E01", "dump.bin")
    facts = json.loads(base64.b64decode(json.loads(lines()[-1])["payload"]))["predicate"]["acquisition"]["facts"]
    check(r.returncode == 0 and any(k.startswith("ewf.") for k in facts) and "item-4" in facts.values(), f"the facts of an E01 are kept: {sorted(facts)[:4]}")
else:
    print("skip  E01: ewfacquire is not installed")

# ---- a report names the entry that was the newest
r = subprocess.run([ASSAY, "scan", "-q", "--data", SOURCE, "--case", "case", "--key", "lab.pem", "-o", "report.json", "dump.bin"], capture_output=True, text=True)
named = json.loads(base64.b64decode(json.load(open("report.json"))["payload"]))["predicate"].get("case", {})
check(named == {"entry": len(lines()), "id": "2026-117", "sha256": hashlib.sha256(lines()[-1].rstrip(b"\n")).hexdigest()}, f"a report names its case and entry: {named}")
check(assay("verify", "report.json", "--key", "lab.pub", "--input", "dump.bin").returncode == 0, "and verifies")
check(verify("--head", f"{named.get('entry')}:{named.get('sha256')}").returncode == 0, "which is a head for the log")

# ---- exports
r = assay("case", "export", "case", "--format", "dfxml", "-o", "case.xml")
root = xml.parse("case.xml").getroot()
space = "{http://www.forensicswiki.org/wiki/Category:Digital_Forensics_XML}"
check(r.returncode == 0 and any(o.find(space + "hashdigest").text == digest for o in root.iter(space + "fileobject")), "DFXML holds the objects")
r = assay("case", "export", "case", "--format", "case", "-o", "case.jsonld")
graph = json.load(open("case.jsonld"))["@graph"]
check(r.returncode == 0 and sum(n["@type"] == "case-investigation:InvestigativeAction" for n in graph) == len(lines()), "CASE holds an action for each entry")
validator = os.path.join(os.environ.get("ASSAY_CASE", ""), "bin/case_validate")
if os.environ.get("ASSAY_CASE") and os.path.exists(validator):
    r = subprocess.run([validator, "case.jsonld"], capture_output=True, text=True)
    check(r.returncode == 0 and "Conforms: True" in r.stdout, "the public shapes of CASE accept it" + ("" if r.returncode == 0 else ": " + r.stdout[-2000:]))
else:
    print("skip  the shapes of CASE: case_validate could not be had from PyPI (tools/check sets it up)")
print(f"{len(failures)} wrong")
sys.exit(1 if failures else 0)
