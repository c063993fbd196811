#!/bin/sh
# The firmware of a router that never existed, made of real software: a U-Boot image (legacy) with an LZMA-packed ARM kernel, padded
# to the erase block; a squashfs (xz) root file system unpacked from Debian armhf packages, padded; a JFFS2 area; 0xFF to the size
# of the flash. Beside OUT stands OUT.truth.json: the layout, every path with type, mode, size and SHA-256, every component with
# its version. The same packages give the same bytes.
#
# usage: router.sh OUT [flash=MIB] [database=dpkg|opkg|none] [offline]
#   database=  what the package manager left behind; with none, only the binaries say what is there
#   offline    fetch nothing: use what is cached, or else a small root file system of programs installed on this machine
# ASSAY_CACHE: where fetched packages are kept (default: build/cache of the source tree).
set -eu
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-1767225600}"
umask 022

out=${1:?usage: router.sh OUT [flash=MIB] [database=dpkg|opkg|none] [offline]}
shift
flash=16 database=dpkg offline=
for option in "$@"; do
    case $option in
    flash=*) flash=${option#flash=} ;;
    database=dpkg | database=opkg | database=none) database=${option#database=} ;;
    offline) offline=yes ;;
    *) echo "router.sh: no such option: $option" >&2; exit 2 ;;
    esac
done
source_tree=$(cd "$(dirname "$0")/../.." && pwd)
cache=${ASSAY_CACHE:-$source_tree/build/cache}
work=$(mktemp -d "${TMPDIR:-/tmp}/router.XXXXXX")
trap 'rm -rf "$work"' EXIT
PATH=$PATH:/usr/sbin:/sbin

PACKAGES='busybox:armhf dropbear-bin:armhf openssl:armhf dnsmasq-base:armhf iptables:armhf iproute2:armhf hostapd:armhf iw:armhf
lighttpd:armhf tcpdump:armhf ppp:armhf ca-certificates libc6:armhf libgcc-s1:armhf libssl3:armhf zlib1g:armhf libcrypt1:armhf
libtommath1:armhf libtomcrypt1:armhf libxtables12:armhf libmnl0:armhf libnftnl11:armhf libnfnetlink0:armhf libnetfilter-conntrack3:armhf
libcap2:armhf libelf1:armhf libbpf1:armhf libnettle8:armhf libhogweed6:armhf libgmp10:armhf libidn2-0:armhf libunistring2:armhf
libnl-3-200:armhf libnl-genl-3-200:armhf libpcap0.8:armhf'
KERNEL_PACKAGE=debian-installer-12-netboot-armhf

root=$work/root
mkdir "$root" "$work/overlay"
from=packages
# shellcheck disable=SC2086
if ! ASSAY_OFFLINE=$offline "$source_tree/tools/fetch-packages" "$cache" $PACKAGES > "$work/packages" 2> "$work/why"; then
    from=installed
fi
if [ $from = installed ]; then
    echo "router.sh: no armhf packages; the sample is made of programs installed on this machine" >&2
    : > "$work/packages"
fi

# What every variant has, made by hand.
make_common()
{
    for directory in bin dev etc/init.d etc/config lib proc sbin sys tmp usr/bin usr/sbin usr/lib var/log var/run www/cgi-bin root; do
        mkdir -p "$root/$directory"
    done
    chmod 1777 "$root/tmp"
    chmod 700 "$root/root"
    printf 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nsupport:x:0:0:remote support:/root:/bin/sh\n' > "$root/etc/passwd"
    # The hash is md5-crypt of "password" with the salt "sample".
    printf 'root:%s:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\nsupport::19000:0:99999:7:::\n' "$(openssl passwd -1 -salt sample password)" > "$root/etc/shadow"
    chmod 600 "$root/etc/shadow"
    printf 'root:x:0:\ndaemon:x:1:\n' > "$root/etc/group"
    printf '\n  S A M P L E   R O U T E R\n  Example Networks EN-1200, firmware 1.4.2 (build 318)\n\n' > "$root/etc/banner"
    printf 'PRODUCT=EN-1200\nVENDOR="Example Networks"\nVERSION=1.4.2\nBUILD=318\n' > "$root/etc/device_info"
    cat > "$root/etc/init.d/rcS" <<'INIT'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
/usr/sbin/dropbear -R
# left in by the factory: a shell for everyone on the serial network
/usr/sbin/telnetd -l /bin/sh -p 2323
/usr/sbin/dnsmasq --conf-file=/etc/dnsmasq.conf
/etc/init.d/firewall start
INIT
    printf '#!/bin/sh\niptables -P FORWARD DROP\niptables -A INPUT -i br-lan -j ACCEPT\n' > "$root/etc/init.d/firewall"
    printf '::sysinit:/etc/init.d/rcS\nttyS0::askfirst:/bin/sh\n' > "$root/etc/inittab"
    printf 'domain-needed\ninterface=br-lan\ndhcp-range=192.168.1.100,192.168.1.200,12h\n' > "$root/etc/dnsmasq.conf"
    printf '<!DOCTYPE html>\n<title>EN-1200</title>\n<h1>Example Networks EN-1200</h1>\n' > "$root/www/index.html"
    # shellcheck disable=SC2016
    printf '#!/bin/sh\necho "Content-type: text/plain"\necho\nping -c 1 $QUERY_STRING\n' > "$root/www/cgi-bin/ping"
    chmod 755 "$root/etc/init.d/rcS" "$root/etc/init.d/firewall" "$root/www/cgi-bin/ping"
    ln -s /tmp/resolv.conf "$root/etc/resolv.conf"
    ln -s ../proc/mounts "$root/etc/mtab"
}

make_from_packages()
{
    while read -r package; do
        dpkg-deb -x "$package" "$root"
        {
            dpkg-deb -f "$package" | awk '{ print } /^Package:/ { print "Status: install ok installed" }'
            echo
        } >> "$work/status"
        dpkg-deb -f "$package" Package Version Source Architecture | paste -sd '\t' >> "$work/components"
    done < "$work/packages"
    # A flash is small: what vendors strip. The certificates stand in one file, as update-ca-certificates would leave them.
    mkdir -p "$root/etc/ssl/certs"
    find "$root/usr/share/ca-certificates" -name '*.crt' | sort | xargs cat > "$root/etc/ssl/certs/ca-certificates.crt"
    rm -rf "$root/usr/share" "$root/usr/lib/arm-linux-gnueabihf/gconv" "$root/usr/lib/arm-linux-gnueabihf/perl-base" "$root/etc/ca-certificates" "$root/lib/systemd" "$root/usr/lib/tmpfiles.d"
    [ -e "$root/bin/busybox" ] || ln "$root/usr/bin/busybox" "$root/bin/busybox"
    case $database in
    dpkg) mkdir -p "$root/var/lib/dpkg"; cp "$work/status" "$root/var/lib/dpkg/status" ;;
    opkg) mkdir -p "$root/usr/lib/opkg"; cp "$work/status" "$root/usr/lib/opkg/status" ;;
    esac
    # Applets as hard links in /bin and as symbolic links elsewhere: both are met in the field.
    for applet in sh ls cat ps mount ping; do ln -f "$root/bin/busybox" "$root/bin/$applet"; done
    for applet in telnetd httpd udhcpd; do ln -sf ../../bin/busybox "$root/usr/sbin/$applet"; done
}

make_from_installed()
{
    : > "$work/components" && : > "$work/status"
    for name in busybox dash ls cat sed gzip openssl; do
        program=$(command -v "$name" || true)
        [ -n "$program" ] || continue
        program=$(readlink -f "$program")
        { echo "$program"; ldd "$program" 2> /dev/null | awk '$3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }'; } >> "$work/files"
    done
    sort -u "$work/files" | while read -r file; do
        mkdir -p "$root$(dirname "$file")"
        [ -e "$root$file" ] || cp -L "$file" "$root$file"
        owner=$({ dpkg-query -S "$file" || dpkg-query -S "${file#/usr}" || dpkg-query -S "/usr$file"; } 2> /dev/null | head -n 1 | sed 's/: .*//')
        [ -z "$owner" ] || echo "$owner"
    done | sort -u > "$work/owners"
    while read -r owner; do
        # shellcheck disable=SC2016
        dpkg-query -W -f 'Package: ${Package}\tVersion: ${Version}\tSource: ${source:Package}\tArchitecture: ${Architecture}\n' "$owner" >> "$work/components"
        { dpkg-query -s "$owner"; echo; } >> "$work/status"
    done < "$work/owners"
    case $database in
    dpkg) mkdir -p "$root/var/lib/dpkg"; cp "$work/status" "$root/var/lib/dpkg/status" ;;
    opkg) mkdir -p "$root/usr/lib/opkg"; cp "$work/status" "$root/usr/lib/opkg/status" ;;
    esac
    shell=$(find "$root" -type f \( -name busybox -o -name dash \) | sort | head -n 1)
    [ -z "$shell" ] || [ -e "$root/bin/sh" ] || ln "$shell" "$root/bin/sh"
}

# A real zImage where the netboot package is to be had; else text and noise with a banner that says so.
make_kernel()
{
    if [ $from = packages ] && package=$(ASSAY_OFFLINE=$offline "$source_tree/tools/fetch-packages" "$cache" $KERNEL_PACKAGE 2> /dev/null); then
        dpkg-deb --fsys-tarfile "$package" | tar -xO --wildcards '*/armhf/text/debian-installer/armhf/vmlinuz' > "$work/kernel"
        echo real > "$work/kernel.kind"
    else
        python3 - > "$work/kernel" <<'KERNEL'
import hashlib, sys
banner = b"Linux version 5.10.0-sample (builder@example.net) (gcc version 12.2.0) #1 SMP Thu Jan 1 00:00:00 UTC 2026\n\0"
noise = b"".join(hashlib.sha256(b"kernel %d" % i).digest() for i in range(8192))
sys.stdout.buffer.write(b"\0" * 64 + noise[:65536] + banner + noise + b"not a kernel: a stand-in of the sample builder\0" * 2000)
KERNEL
        echo synthetic > "$work/kernel.kind"
    fi
    xz --format=lzma -9 -T1 -c "$work/kernel" > "$work/kernel.lzma"
    mkimage -A arm -O linux -T kernel -C lzma -a 0x80008000 -e 0x80008000 -n 'EN-1200 kernel' -d "$work/kernel.lzma" "$work/uImage" > /dev/null
}

make_overlay()
{
    mkdir -p "$work/overlay/etc/config" "$work/overlay/var"
    printf "config system\n\toption hostname 'EN-1200'\n\toption timezone 'UTC'\n" > "$work/overlay/etc/config/system"
    printf "config wifi-iface\n\toption ssid 'EN-1200'\n\toption encryption 'psk2'\n\toption key 'sample-key-1234'\n" > "$work/overlay/etc/config/wireless"
    chmod 600 "$work/overlay/etc/config/wireless"
    ln -s /tmp "$work/overlay/var/run"
    seq -f 'EN-1200 kern.info kernel: line %g of a log' 0 400 > "$work/overlay/var/messages"
    find "$work/overlay" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    if command -v mkfs.jffs2 > /dev/null; then
        mkfs.jffs2 --root="$work/overlay" --little-endian --eraseblock=65536 --pad=1048576 --squash-uids --output="$work/jffs2"
    else
        echo "router.sh: no mkfs.jffs2: the configuration area stays blank" >&2
        : > "$work/jffs2"
    fi
}

make_common
if [ $from = packages ]; then make_from_packages; else make_from_installed; fi
find "$root" -type d -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
cat > "$work/devices" <<'DEVICES'
dev/console c 600 0 0 5 1
dev/null c 666 0 0 1 3
dev/ttyS0 c 660 0 20 4 64
dev/mtdblock0 b 640 0 6 31 0
dev/log i 622 0 0 f
DEVICES
mksquashfs "$root" "$work/squashfs" -comp xz -b 131072 -all-root -noappend -no-progress -quiet -pf "$work/devices" -no-xattrs > /dev/null
make_kernel
make_overlay

python3 - "$work" "$out" "$flash" "$from" "$database" <<'ASSEMBLE'
import hashlib, json, lzma, os, re, stat, struct, sys, zlib
work, out, flash, source, database = sys.argv[1], sys.argv[2], int(sys.argv[3]) << 20, sys.argv[4], sys.argv[5]
BLOCK = 65536
read = lambda name: open(os.path.join(work, name), "rb").read()

def without_change_times(jffs2):
    """mkfs.jffs2 writes the change time of its sources, which nobody can set: give each inode node its modification time."""
    crc = lambda data: zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF
    data, at = bytearray(jffs2), 0
    while at + 12 <= len(data):
        magic, kind, size = struct.unpack_from("<HHI", data, at)
        if magic != 0x1985 or size < 12:
            at += 4
            continue
        if kind == 0xE002:
            mtime = struct.unpack_from("<I", data, at + 36)[0]
            struct.pack_into("<III", data, at + 32, mtime, mtime, mtime)
            struct.pack_into("<I", data, at + 64, crc(bytes(data[at:at + 60])))
        at += (size + 3) & ~3
    return bytes(data)

layout, image = [], bytearray()
def add(name, kind, data, **more):
    if data:
        layout.append(dict(name=name, kind=kind, offset=len(image), length=len(data), **more))
        image.extend(data)
def pad():
    add("padding", "padding", b"\xff" * (-len(image) % BLOCK))

uimage, squashfs, jffs2 = read("uImage"), read("squashfs"), without_change_times(read("jffs2"))
used = struct.unpack_from("<Q", squashfs, 40)[0]
add("uImage", "uimage", uimage, header=64)
pad()
add("rootfs", "squashfs", squashfs[:used])
add("squashfs padding", "padding", squashfs[used:])
pad()
if jffs2:
    add("overlay", "jffs2", jffs2)
if len(image) > flash:
    sys.exit("router.sh: %d bytes do not fit a flash of %d" % (len(image), flash))
add("fill", "padding", b"\xff" * (flash - len(image)))

def tree(top, devices=()):
    entries, seen = [], {}
    for directory, names, files in os.walk(top):
        for name in sorted(names + files):
            full = os.path.join(directory, name)
            facts = os.lstat(full)
            entry = dict(path=os.path.relpath(full, top), mode="%04o" % stat.S_IMODE(facts.st_mode))
            if stat.S_ISLNK(facts.st_mode):
                entry.update(type="symlink", link=os.readlink(full))
            elif stat.S_ISDIR(facts.st_mode):
                entry.update(type="directory")
            else:
                data = open(full, "rb").read()
                entry.update(type="file", size=len(data), sha256=hashlib.sha256(data).hexdigest())
                if facts.st_nlink > 1:
                    entry["links"] = facts.st_nlink
            entries.append(entry)
    for line in devices:
        path, kind, mode, _, _, *numbers = line.split()
        entry = dict(path=path, mode="%04o" % int(mode, 8), type={"c": "char-device", "b": "block-device", "i": "fifo"}[kind])
        if kind != "i":
            entry["device"] = [int(n) for n in numbers]
        entries.append(entry)
    return sorted(entries, key=lambda e: e["path"].encode())

def kernel_version(image):
    """The banner, looked for in the zImage and in the one stream packed inside it."""
    packed = [image]
    for magic, opener in ((b"\x1f\x8b\x08", lambda d: zlib.decompressobj(31).decompress(d)), (b"\xfd7zXZ\0", lambda d: lzma.LZMADecompressor().decompress(d)),
                          (b"\x5d\0\0", lambda d: lzma.LZMADecompressor(lzma.FORMAT_ALONE).decompress(d))):
        at = image.find(magic)
        while at >= 0 and len(packed) < 8:
            try:
                packed.append(opener(image[at:]))
            except (lzma.LZMAError, zlib.error):
                pass
            at = image.find(magic, at + 1)
    for data in packed:
        found = re.search(rb"Linux version ([0-9][^ \0]*)", data)
        if found:
            return found.group(1).decode()
    return None

components = []
for line in read("components").decode().splitlines():
    fields = dict(field.split(": ", 1) for field in line.split("\t"))
    components.append(dict(name=fields["Package"], version=fields["Version"], source=fields.get("Source", fields["Package"]).split(" ")[0], architecture=fields["Architecture"],
                           upstream=re.sub(r"^\d+:", "", fields["Version"]).rsplit("-", 1)[0]))
kernel = read("kernel")
version = kernel_version(kernel)
components.append(dict(name="linux", version=version, source="linux", upstream=re.match(r"[0-9.]+", version).group(0) if version else None))
truth = dict(
    sample="router", made_from=source, database=database, size=len(image), sha256=hashlib.sha256(image).hexdigest(), layout=layout,
    kernel=dict(kind=read("kernel.kind").decode().strip(), size=len(kernel), sha256=hashlib.sha256(kernel).hexdigest(), version=version),
    rootfs=tree(os.path.join(work, "root"), read("devices").decode().splitlines()), overlay=tree(os.path.join(work, "overlay")) if jffs2 else [],
    components=sorted(components, key=lambda c: c["name"]),
    planted=[dict(path="etc/shadow", what="account support without password, user 0"), dict(path="etc/init.d/rcS", what="telnetd with a shell and no login"),
             dict(path="www/cgi-bin/ping", what="query string runs as a command"), dict(path="etc/config/wireless", in_overlay=True, what="fixed wireless key")])
for name, data in ((out, bytes(image)), (out + ".truth.json", (json.dumps(truth, indent=1, sort_keys=True) + "\n").encode())):
    with open(name + ".part", "wb") as file:
        file.write(data)
    os.replace(name + ".part", name)
ASSEMBLE
