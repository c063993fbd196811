# What the builders of device makers' containers share: parts of fixed content, kept beside the sample as OUT.parts/NAME where that
# directory exists, so that a test can compare them with what comes out.
import os, random, sys

out, variant = sys.argv[1], (sys.argv[2:] + [""])[0]

def content(seed, size):
    r = random.Random(seed)
    text = (b"part %s, as it would be in the device. " % seed.encode()) * (size // 40 + 1)
    return (text[: size // 2] + bytes(r.randrange(256) for _ in range(size)))[:size]

def keep(name, data):
    if not os.path.isdir(out + ".parts"):
        return data
    path = os.path.join(out + ".parts", name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "wb").write(data)
    return data

def field(text, size):
    return text.encode().ljust(size, b"\0")

def done(image):
    open(out, "wb").write(image)
