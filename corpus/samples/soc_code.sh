# Sourced by the builders of boot images: text that stands for code, so that a test can tell each part, and a board's device tree.
# code TAG SIZE
code()
{
    yes "$1 code of the sample" | head -c "$2"
}
# board_tree OUT
board_tree()
{
    printf '/dts-v1/;\n/ { model = "Sample"; compatible = "sample,board"; id = <1>; };\n' | dtc -q -I dts -O dtb -o "$1"
}
# An RSA key that is the same each time: made of two fixed primes. rsa_key OUT
rsa_key()
{
    python3 - "$1" <<'PY'
import random, subprocess, sys
random.seed(20231114)
def is_prime(n):
    return all(n % p for p in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31)) and all(pow(a, n - 1, n) == 1 for a in (2, 3, 5, 7))
def prime():
    while True:
        n = random.getrandbits(1024) | 3 << 1022 | 1
        if (n - 1) % 65537 and is_prime(n):
            return n
p, q, e = prime(), prime(), 65537
d = pow(e, -1, (p - 1) * (q - 1))
fields = dict(version=0, modulus=p * q, publicExponent=e, privateExponent=d, prime1=p, prime2=q, exponent1=d % (p - 1), exponent2=d % (q - 1),
              coefficient=pow(q, -1, p))
config = "asn1=SEQUENCE:key\n[key]\n" + "".join(f"{name}=INTEGER:0x{value:x}\n" for name, value in fields.items())
der = subprocess.run(["openssl", "asn1parse", "-genconf", "/dev/stdin", "-noout", "-out", "/dev/stdout"], input=config.encode(), stdout=subprocess.PIPE, check=True).stdout
pem = subprocess.run(["openssl", "rsa", "-inform", "DER"], input=der, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
open(sys.argv[1], "wb").write(pem)
PY
}
export SOURCE_DATE_EPOCH=1700000000 TZ=UTC LC_ALL=C
