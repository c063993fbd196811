#!/usr/bin/env python3
"""Signing, verifying and sharing as a user does it, checked by programs that are not ours: openssl, softhsm2 with opensc, node. usage: provenance.py ASSAY SOURCE DIR"""
import base64, hashlib, json, os, pathlib, re, shutil, subprocess, sys, unittest

ASSAY, SOURCE, PLACE = (os.path.abspath(p) for p in sys.argv[1:4])
MODULE = "/usr/lib/softhsm/libsofthsm2.so"
TYPE = b"application/vnd.in-toto+json"

def sh(command, wanted=0, **more):
    done = subprocess.run(["bash", "-c", command], cwd=PLACE, capture_output=True, text=True,
                          env={**os.environ, "A": ASSAY, "ASSAY_DATA": SOURCE, "SOFTHSM2_CONF": f"{PLACE}/softhsm.conf", "M": MODULE}, **more)
    if done.returncode != wanted:
        raise AssertionError(f"{command}\nexits with {done.returncode}, not {wanted}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr

def read(name): return pathlib.Path(PLACE, name).read_bytes()
def write(name, data): pathlib.Path(PLACE, name).write_bytes(data)
def pae_of(envelope):
    payload = base64.b64decode(envelope["payload"])
    return b"DSSEv1 %d %s %d %s" % (len(TYPE), TYPE, len(payload), payload)

def certificate(name, issuer, extensions, days="-days 30", key="ed25519"):
    """A certificate of a key by an issuer, by openssl."""
    write(f"{name}.ext", extensions.encode())
    if not os.path.exists(f"{PLACE}/{name}.key"):
        sh(f"openssl genpkey -algorithm {key} -out {name}.key")
    sh(f"openssl req -new -key {name}.key -subj /CN={name} -out {name}.csr")
    sign = f"-CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial" if issuer else f"-signkey {name}.key"
    sh(f"openssl x509 -req -in {name}.csr {sign} -extfile {name}.ext {days} -out {name}.pem")

CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
LEAF = "keyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"

def setUpModule():
    shutil.rmtree(PLACE, ignore_errors=True)
    os.makedirs(PLACE)
    write("fw.bin", b"root:$1$salt$abcdefghijklmnopqrstu.:0:0:root:/:/bin/sh\n" + b"\xff" * 4096)
    write("other.bin", b"something else")
    sh("mkdir altered && echo x > altered/fw.bin && gzip -k fw.bin && tar cf d.tar fw.bin fw.bin.gz")
    sh("$A keygen lab && $A keygen witness && $A keygen stranger && printf '%064d\\n' 7 > share.key")
    sh("$A scan d.tar -q -o r.json -k lab -p ndaa-889 --share b.json --share-key share.key --vsa vsa.json --scai scai.json; true")

class Signing(unittest.TestCase):
    def test_the_golden_vector_of_the_documents_holds_for_openssl_and_for_assay(self):
        text = pathlib.Path(SOURCE, "docs/format.md").read_text()
        block = lambda name: re.search(f"```text {name}\n(.*?)```", text, re.S).group(1)
        joined = lambda name: block(name).replace("\n", "")
        envelope = json.loads(joined("envelope"))
        write("g.json", joined("envelope").encode())
        write("g.pub", block("key").encode())
        write("g.pae", bytes.fromhex(joined("pae")))
        write("g.sig", bytes.fromhex(joined("signature")))
        self.assertEqual(pae_of(envelope), read("g.pae"))
        self.assertEqual(hashlib.sha256(read("g.pae")).hexdigest(), joined("digest"))
        self.assertEqual(base64.b64decode(envelope["signatures"][0]["sig"]), read("g.sig"))
        sh("openssl pkeyutl -verify -pubin -inkey g.pub -rawin -in g.pae -sigfile g.sig")
        self.assertIn(envelope["signatures"][0]["keyid"], sh("openssl pkey -pubin -in g.pub -outform DER | sha256sum"))
        # The signature stands, and the predicate is an example's, not ours.
        self.assertIn("the signature stands", sh("$A verify g.json -k g.pub", 19))
        sh("printf '302e020100300506032b657004220420%s' $(printf '%02x' $(seq 0 31)) | xxd -r -p | openssl pkey -inform DER -out g.key")
        sh("sed 's/.signatures.*/\"signatures\":[]}/' g.json > h.json && $A sign h.json -k g.key && cmp h.json g.json")

    def test_every_kind_of_key_signs_what_openssl_verifies(self):
        for name, make, check in (("p256", "EC -pkeyopt ec_paramgen_curve:P-256", "dgst -sha256 -verify k.pub -signature sig pae"),
                                  ("p384", "EC -pkeyopt ec_paramgen_curve:P-384", "dgst -sha384 -verify k.pub -signature sig pae"),
                                  ("rsa", "RSA -pkeyopt rsa_keygen_bits:3072",
                                   "dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -verify k.pub -signature sig pae"),
                                  ("ed", "ed25519", "pkeyutl -verify -pubin -inkey k.pub -rawin -in pae -sigfile sig")):
            with self.subTest(name):
                # An encrypted key, as openssl writes it; the passphrase by descriptor.
                sh(f"openssl genpkey -algorithm {make} -aes-256-cbc -pass pass:words -out k && openssl pkey -in k -passin pass:words -pubout -out k.pub")
                sh("$A sign r.json -k k --passphrase-fd 5 -o one.json 5<<< words")
                envelope = json.loads(read("one.json"))
                write("pae", pae_of(envelope))
                write("sig", base64.b64decode(envelope["signatures"][1]["sig"]))
                sh(f"openssl {check}")
                sh("$A verify one.json -k lab.pub -k k.pub --threshold 2")
                self.assertIn("passphrase is wrong", sh("$A sign r.json -k k --passphrase-fd 5 -o no.json 5<<< other", 2))

    def test_a_witness_adds_a_signature_and_two_labs_merge_theirs(self):
        sh("$A sign r.json -k witness -o w.json && $A sign r.json -k stranger -o s.json && $A sign w.json --merge s.json -o m.json && $A sign m.json --merge w.json")
        self.assertEqual(len(json.loads(read("m.json"))["signatures"]), 3)
        sh("$A verify m.json -k lab.pub -k witness.pub -k stranger.pub")
        self.assertEqual(json.loads(read("m.json"))["payload"], json.loads(read("r.json"))["payload"])
        self.assertIn("signs another statement", sh("$A sign m.json --merge b.json", 2))
        # A key counts once, however often it signed.
        sh("$A sign r.json -k lab -o twice.json && $A sign twice.json -k lab")
        self.assertIn("1 of the 2 keys", sh("$A verify twice.json -k lab.pub -k witness.pub -t 2", 23))

    def test_keys_on_a_token_sign_for_every_kind_at_once(self):
        if not os.path.exists(MODULE) or not shutil.which("pkcs11-tool"):
            self.skipTest("softhsm2 or opensc is not installed")
        os.makedirs(f"{PLACE}/tokens", exist_ok=True)
        write("softhsm.conf", f"directories.tokendir = {PLACE}/tokens\n".encode())
        write("pin", b"1234\n")
        write("badpin", b"9999\n")
        sh("softhsm2-util --init-token --free --label lab --so-pin 12345678 --pin 1234")
        kinds = (("EC:prime256v1", "01", "p256", "dgst -sha256 -verify t.pub -signature sig pae"), ("EC:edwards25519", "02", "ed", "pkeyutl -verify -pubin -inkey t.pub -rawin -in pae -sigfile sig"),
                 ("EC:secp384r1", "03", "p384", "dgst -sha384 -verify t.pub -signature sig pae"),
                 ("RSA:3072", "04", "rsa", "dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -verify t.pub -signature sig pae"))
        for kind, number, label, _ in kinds:
            sh(f"pkcs11-tool --module $M --token-label lab --login --pin 1234 --keypairgen --key-type {kind} --id {number} --label {label}")
        for kind, number, label, _ in kinds:
            if kind.startswith("EC"):  # opensc cannot export all of these: the point is put into a SubjectPublicKeyInfo by hand
                listed = sh("pkcs11-tool --module $M --token-label lab --list-objects --type pubkey")
                point = re.search(r"EC_POINT:\s*([0-9a-f]+)", next(o for o in listed.split("Public Key Object") if f"label:      {label}" in o)).group(1)
                head = {"p256": "3059301306072a8648ce3d020106082a8648ce3d030107034200", "p384": "3076301006072a8648ce3d020106052b81040022036200",
                        "ed": "302a300506032b6570032100"}[label]
                size = {"p256": 65, "p384": 97, "ed": 32}[label]
                write(f"{label}.der", bytes.fromhex(head) + bytes.fromhex(point)[-size:])
            else:
                sh(f"pkcs11-tool --module $M --token-label lab --read-object --type pubkey --id {number} -o {label}.der")
        # opensc takes lab2 for lab: assay must not.
        sh("softhsm2-util --init-token --free --label lab2 --so-pin 12345678 --pin 1234")
        for _, _, label, check in kinds:
            with self.subTest(label):
                sh(f"openssl pkey -pubin -inform DER -in {label}.der -out t.pub")
                sh(f"$A sign r.json -k 'pkcs11:token=lab;object={label}?module-path='$M --passphrase-file pin -o t.json")
                envelope = json.loads(read("t.json"))
                write("pae", pae_of(envelope))
                write("sig", base64.b64decode(envelope["signatures"][1]["sig"]))
                sh(f"openssl {check}")
                sh("$A verify t.json -k lab.pub -k t.pub")
        uri = "pkcs11:token=lab;object=ed"
        self.assertIn("refuses the PIN", sh(f"$A sign r.json -k '{uri}?module-path='$M --passphrase-file badpin -o t.json", 2))
        self.assertIn("does not belong into the URI", sh(f"$A sign r.json -k '{uri};pin-value=1234?module-path='$M -o t.json", 2))
        self.assertIn("no token matches", sh("$A sign r.json -k 'pkcs11:token=la;object=ed?module-path='$M --passphrase-file pin -o t.json", 2))
        self.assertIn("more than one private key", sh("$A sign r.json -k 'pkcs11:token=lab?module-path='$M --passphrase-file pin -o t.json", 2))
        self.assertIn("names no module", sh(f"$A sign r.json -k '{uri}' --passphrase-file pin -o t.json", 2))
        # A whole scan, with the key on the token.
        sh(f"$A scan fw.bin -q -o t.json -k '{uri}?module-path='$M --passphrase-file pin -p ndaa-889; test -s t.json")

    def test_nobody_else_loads_the_module_of_a_token(self):
        for path in pathlib.Path(SOURCE, "scanner").rglob("*.[ch]"):
            if re.search(r"\b(dlopen|pkcs11_open)\b", path.read_text()):
                self.assertIn(path.name, ("pkcs11.c", "pkcs11.h", "signer.c"))

    def test_statements_for_others_are_what_they_ask_for(self):
        for name, kind in (("vsa", "https://slsa.dev/verification_summary/v1"), ("scai", "https://in-toto.io/attestation/scai/attribute-report/v0.2")):
            statement = json.loads(base64.b64decode(json.loads(read(f"{name}.json"))["payload"]))
            self.assertEqual(statement["predicateType"], kind)
            self.assertEqual(statement["subject"][0]["digest"]["sha256"], hashlib.sha256(read("d.tar")).hexdigest())
        predicate = json.loads(base64.b64decode(json.loads(read("vsa.json"))["payload"]))["predicate"]
        self.assertEqual(set(predicate), {"policy", "resourceUri", "slsaVersion", "timeVerified", "verificationResult", "verifiedLevels", "verifier"})
        self.assertEqual(predicate["verificationResult"] == "PASSED", predicate["verifiedLevels"] == ["ASSAY_ACCEPT"])
        self.assertIn("the signature stands", sh("$A verify vsa.json -k lab.pub", 19))

    def test_the_encoding_is_that_of_sigstore_and_node_verifies(self):
        modules = os.environ.get("ASSAY_NPM", "")
        if not shutil.which("node") or not os.path.isdir(f"{modules}/node_modules/@sigstore/core"):
            self.skipTest("@sigstore/core is not there: tools/check fetches it from npm when that can be reached")
        write("v.js", b"""const [modules, file, key] = process.argv.slice(2), fs = require('fs'), crypto = require('crypto');
const { dsse } = require(require.resolve('@sigstore/core', {paths: [modules]}));
const e = JSON.parse(fs.readFileSync(file)), pae = dsse.preAuthEncoding(e.payloadType, Buffer.from(e.payload, 'base64'));
process.stdout.write(pae.toString('hex'));
const good = e.signatures.some(s => crypto.verify(null, pae, fs.readFileSync(key), Buffer.from(s.sig, 'base64')));
process.exit(good ? 0 : 1);""")
        self.assertEqual(bytes.fromhex(sh(f"node v.js {modules} r.json lab.pub")), pae_of(json.loads(read("r.json"))))
        sh(f"node v.js {modules} r.json stranger.pub", 1)

class Certificates(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        certificate("root", None, CA)
        certificate("middle", "root", CA + "authorityKeyIdentifier=keyid\n")
        sh("cp lab signer.key")
        certificate("signer", "middle", LEAF)
        sh("cat signer.pem middle.pem > chain.pem && $A scan fw.bin -q -o c.json -k lab --chain chain.pem -p ndaa-889; test -s c.json")

    def test_a_chain_that_leads_to_an_anchor_is_trusted(self):
        self.assertIn("signed by the key of CN=signer", sh("$A verify c.json --ca root.pem"))
        sh("$A verify c.json --ca root.pem --key lab.pub")
        self.assertIn("does not lead to one that is trusted", sh("openssl req -x509 -newkey ed25519 -nodes -keyout x.key -out x.pem -subj /CN=root && $A verify c.json --ca x.pem", 15))
        self.assertIn("carries no certificate", sh("$A verify r.json --ca root.pem", 12))
        self.assertIn("not of the signing key", sh("$A sign r.json -k witness --chain chain.pem -o no.json", 2))

    def test_a_certificate_must_be_for_signatures_and_of_its_time(self):
        for name, extensions, days, code, said in (
                ("notforit", LEAF.replace("digitalSignature", "keyEncipherment"), "-days 30", 15, "not for signatures"),
                ("server", LEAF.replace("codeSigning", "serverAuth"), "-days 30", 15, "not for signatures"),
                ("late", LEAF, "-days -1", 13, "was not valid at the time")):
            with self.subTest(name):
                sh(f"cp lab {name}.key")
                certificate(name, "middle", extensions, days)
                sh(f"cat {name}.pem middle.pem > bad.pem && $A sign r.json -k lab --chain bad.pem -o bad.json")
                self.assertIn(said, sh("$A verify bad.json --ca root.pem", code))

    def test_a_revoked_certificate_is_told_from_a_missing_list(self):
        write("ca.cnf", b"[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\ndefault_crl_days=10\n")
        for ca in ("root", "middle"):
            sh(f"rm -f index.txt*; touch index.txt; echo 01 > crlnumber; openssl ca -config ca.cnf -gencrl -keyfile {ca}.key -cert {ca}.pem -md null -out {ca}.crl 2>/dev/null || "
               f"openssl ca -config ca.cnf -gencrl -keyfile {ca}.key -cert {ca}.pem -out {ca}.crl")
        sh("cat root.crl middle.crl > good.crl && $A verify c.json --ca root.pem --crl good.crl")
        self.assertIn("no current revocation list", sh("$A verify c.json --ca root.pem --crl root.crl", 15))
        sh("openssl ca -config ca.cnf -revoke signer.pem -keyfile middle.key -cert middle.pem -md null 2>/dev/null || openssl ca -config ca.cnf -revoke signer.pem -keyfile middle.key -cert middle.pem")
        sh("openssl ca -config ca.cnf -gencrl -keyfile middle.key -cert middle.pem -md null -out revoked.crl 2>/dev/null || openssl ca -config ca.cnf -gencrl -keyfile middle.key -cert middle.pem -out revoked.crl")
        sh("cat root.crl revoked.crl > revoked.pem")
        self.assertIn("is revoked", sh("$A verify c.json --ca root.pem --crl revoked.pem", 14))

class Timestamps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        certificate("tsaroot", None, CA, key="RSA -pkeyopt rsa_keygen_bits:2048")
        certificate("tsa", "tsaroot", "keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n",
                    key="RSA -pkeyopt rsa_keygen_bits:2048")
        write("ts.cnf", b"[tsa]\ndefault_tsa=t\n[t]\nserial=tsserial\nsigner_cert=tsa.pem\nsigner_key=tsa.key\ncerts=tsaroot.pem\nsigner_digest=sha256\ndefault_policy=1.2.3.4\n"
                        b"digests=sha256\naccuracy=secs:1\nordering=yes\ntsa_name=yes\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n")
        write("tsserial", b"01\n")

    def test_a_stamp_by_files_and_by_a_command_verifies_here_and_by_openssl(self):
        sh("$A sign r.json --tsq q.tsq -o nothing.json && test ! -e nothing.json && openssl ts -query -in q.tsq -text")
        sh("openssl ts -reply -config ts.cnf -queryfile q.tsq -out a.tsr && $A sign r.json --tsr a.tsr -o st.json")
        sh("$A verify st.json -k lab.pub --tsa-ca tsaroot.pem --not-before 2020-01-01")
        envelope = json.loads(read("st.json"))
        write("token", base64.b64decode(envelope["x-assay"]["timestamps"][0]["der"]))
        write("sig", base64.b64decode(envelope["signatures"][0]["sig"]))
        sh("openssl ts -verify -data sig -in token -token_in -CAfile tsaroot.pem")
        sh("$A sign r.json --tsa-command 'cat > x.tsq; openssl ts -reply -config ts.cnf -queryfile x.tsq' -o st2.json && $A verify st2.json -k lab.pub --tsa-ca tsaroot.pem")
        self.assertIn("the command failed", sh("$A sign r.json --tsa-command 'cat > /dev/null; exit 3' -o no.json", 2))
        self.assertIn("replayed: it is of", sh("$A verify st.json -k lab.pub --tsa-ca tsaroot.pem --not-before 2199-01-01", 18))
        self.assertIn("nothing in it says when", sh("$A verify r.json -k lab.pub --not-before 2020-01-01", 18))
        self.assertIn("carries no time stamp", sh("$A verify r.json -k lab.pub --tsa-ca tsaroot.pem", 20))

    def test_a_stamp_of_another_signature_or_authority_is_refused(self):
        sh("$A sign r.json --tsq q2.tsq && openssl ts -reply -config ts.cnf -queryfile q2.tsq -out b.tsr")
        self.assertIn("over other bytes", sh("$A sign b.json --tsr b.tsr -o no.json", 2))
        sh("$A sign r.json --tsr b.tsr -o st3.json")
        sh("openssl req -x509 -newkey ed25519 -nodes -keyout x.key -out y.pem -subj /CN=tsaroot && $A verify st3.json -k lab.pub --tsa-ca y.pem", 20)
        envelope, other = json.loads(read("st3.json")), json.loads(read("b.json"))
        other["x-assay"] = {"timestamps": [{**envelope["x-assay"]["timestamps"][0], "keyid": other["signatures"][0]["keyid"]}]}
        write("moved.json", json.dumps(other).encode())
        sh("$A verify moved.json -k lab.pub --tsa-ca tsaroot.pem", 20)
        self.assertIn("no answer of a time-stamp authority", sh("$A sign r.json --tsr fw.bin -o no.json", 2))

    def test_a_stamp_outlives_the_certificate_of_its_authority(self):
        if not shutil.which("faketime"):
            self.skipTest("faketime is not installed")
        sh("$A sign r.json --tsq q3.tsq && openssl ts -reply -config ts.cnf -queryfile q3.tsq -out c.tsr && $A sign r.json --tsr c.tsr -o old.json")
        self.assertIn("certificate has expired since", sh("ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 faketime -f +90d $A verify old.json -k lab.pub --tsa-ca tsaroot.pem"))

class Verifying(unittest.TestCase):
    def test_each_thing_that_may_be_wrong_has_its_own_code(self):
        envelope = json.loads(read("r.json"))
        payload = bytearray(base64.b64decode(envelope["payload"]))
        payload[-20] ^= 1
        write("forged.json", json.dumps({**envelope, "payload": base64.b64encode(payload).decode()}).encode())
        write("unsigned.json", json.dumps({**envelope, "signatures": []}).encode())
        for command, code, said in (
                ("r.json -k lab.pub -i d.tar", 0, "1 of 1 input compared"), ("forged.json -k lab.pub", 11, "bad signature"), ("r.json -k stranger.pub", 12, "unknown key"),
                ("unsigned.json -k lab.pub", 10, "not signed"), ("r.json -k lab.pub -i other.bin", 16, "wrong subject"), ("r.json -k lab.pub -k stranger.pub", 23, "1 of the 2 keys"),
                ("scai.json -k lab.pub", 19, "another major version"), ("b.json -k lab.pub", 0, "a commitment that shows nothing"), ("fw.bin -k lab.pub", 2, "")):
            with self.subTest(command):
                self.assertIn(said, sh(f"$A verify {command}", code))
        sh("mkdir -p alt && echo x > alt/d.tar")
        self.assertIn("altered", sh("$A verify r.json -k lab.pub -i alt/d.tar", 17))

    def test_a_rescan_gives_the_same_bytes_or_names_the_first_difference(self):
        self.assertIn("scanned again with the same result", sh("$A verify r.json -k lab.pub -i d.tar --rescan"))
        statement = json.loads(base64.b64decode(json.loads(read("r.json"))["payload"]))
        statement["predicate"]["artifacts"][1]["mtime"] += 1
        write("lie.json", json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
        sh("$A sign lie.json -k lab -o lied.json && $A verify lied.json -k lab.pub -i d.tar")
        self.assertIn("first at /predicate/artifacts[1]/mtime", sh("$A verify lied.json -k lab.pub -i d.tar --rescan", 22))

    def test_no_flipped_byte_of_a_signed_report_is_accepted(self):
        """Sampled. A flip in a keyid, a hint that proves nothing, changes nothing of what was signed: there the payload must be the same."""
        original = read("r.json")
        signatures = original.index(b'"signatures"')
        places = sorted(set(range(0, len(original), max(1, len(original) // 120))) | set(range(signatures, len(original), 4)) | set(range(0, 24)))
        for at in places:
            flipped = bytearray(original)
            flipped[at] ^= 1 << at % 8
            write("flip.json", bytes(flipped))
            done = subprocess.run([ASSAY, "verify", "flip.json", "-k", "lab.pub"], cwd=PLACE, capture_output=True)
            self.assertIn(done.returncode, (0, 2, 10, 11, 12, 23), f"byte {at}: {done.stderr}")
            if done.returncode == 0:
                keyid = re.search(rb'"keyid":"[0-9a-f]{64}"', original)
                self.assertTrue(keyid.start() <= at < keyid.end(), f"byte {at} may be changed")
                self.assertEqual(json.loads(bytes(flipped))["payload"], json.loads(original)["payload"])

class Sharing(unittest.TestCase):
    def redact(self, options, out="red.json", wanted=0):
        return sh(f"$A redact r.json -c b.json --share-key share.key {options} -o {out}", wanted)

    def test_every_profile_keeps_the_signature_and_shows_what_it_withholds(self):
        for profile in ("public", "allied-summary", "vendor-notice", "partner-full"):
            with self.subTest(profile):
                self.redact(f"--profile {profile}")
                self.assertIn("records withheld", sh("$A verify red.json -k lab.pub -i d.tar"))
                shown = sh("$A show red.json")
                self.assertIn(f"redacted report, profile {profile}", shown)
                self.assertIn("verdict=", shown)
                # The signed part and its signatures are those of the commitment.
                red, bound = json.loads(read("red.json")), json.loads(read("b.json"))
                self.assertEqual((red["payload"], red["signatures"]), (bound["payload"], bound["signatures"]))
                if profile != "partner-full":
                    self.assertNotIn("fw.bin.gz", shown)

    def test_no_digest_or_signature_of_the_whole_report_is_in_a_shared_file(self):
        self.redact("--profile partner-full")
        report = json.loads(read("r.json"))
        shared = read("red.json") + base64.b64decode(json.loads(read("red.json"))["payload"]) + base64.b64decode(json.loads(read("red.json"))["x-assay"]["disclosure"])
        for secret in (base64.b64decode(report["payload"]), read("r.json"), pae_of(report)):
            digest = hashlib.sha256(secret)
            for form in (digest.hexdigest().encode(), base64.b64encode(digest.digest()), digest.digest()):
                self.assertNotIn(form, shared)
        self.assertNotIn(report["signatures"][0]["sig"].encode(), shared)
        for form in (b"00000000000000000000000000000007", base64.b64encode(bytes.fromhex("%064d" % 7))):
            self.assertNotIn(form, shared)

    def test_what_is_not_what_was_signed_is_refused(self):
        self.redact("--profile allied-summary")
        red = json.loads(read("red.json"))
        disclosure = base64.b64decode(red["x-assay"]["disclosure"])
        for before, after in ((b'["verdict","', b'["verdicU","'), (b'"bytes":', b'"bytfs":')):
            self.assertIn(before, disclosure)
            red["x-assay"]["disclosure"] = base64.b64encode(disclosure.replace(before, after, 1)).decode()
            write("bad.json", json.dumps(red).encode())
            self.assertIn("not what was signed", sh("$A verify bad.json -k lab.pub", 21))
            sh("$A show bad.json", 2)
        self.assertIn("unknown key", sh("$A verify red.json -k stranger.pub", 12))

    def test_one_field_is_opened_later_by_its_path(self):
        self.redact("--show artifacts/1/path")
        self.assertIn("path=d.tar/fw.bin", sh("$A show red.json"))
        sh("$A verify red.json -k lab.pub")
        self.assertIn("section/field", self.redact("--show path", wanted=2))

    def test_the_secret_is_for_its_owner_and_another_one_is_refused(self):
        sh("$A scan d.tar -q -o r5.json -k lab -p ndaa-889 --share b5.json --tlp AMBER; test $(stat -c %a b5.json.secret) = 600")
        sh("$A redact r5.json -c b5.json -s b5.json.secret -p vendor-notice -o red5.json && $A verify red5.json -k lab.pub | grep -q TLP:AMBER")
        self.assertIn("profile public is made for TLP:CLEAR", sh("$A redact r5.json -c b5.json -s b5.json.secret -p public -o no.json", 2))
        self.assertIn("not of this report with this secret", sh("$A redact r5.json -c b5.json -s share.key -p vendor-notice -o no.json", 2))

    def test_the_same_report_and_share_key_give_the_same_commitment(self):
        sh("$A scan d.tar -q -o r6.json -k lab -p ndaa-889 --share b6.json --share-key share.key; cmp b.json b6.json && test ! -e b6.json.secret")

if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"] + sys.argv[4:])
