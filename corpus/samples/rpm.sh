#!/bin/sh
# An RPM package with two files and a link. usage: rpm.sh OUT [gzip|xz|lzma|bzip2|zstd|none|source]
set -eu
export LC_ALL=C SOURCE_DATE_EPOCH=1700000000
out=$1
kind=${2:-gzip}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $kind in
gzip | source) payload=w9.gzdio ;;
xz) payload=w6.xzdio ;;
lzma) payload=w6.lzdio ;;
bzip2) payload=w9.bzdio ;;
zstd) payload=w9.zstdio ;;
none) payload=w.ufdio ;;
esac
mkdir "$work/in"
seq 1 800 | sed 's/$/ switchd: the quick brown fox/' > "$work/in/switchd"
echo 'port = 161' > "$work/in/switchd.conf"
cat > "$work/switchd.spec" <<'SPEC'
Name: switchd
Version: 4.2.1
Release: 7
Epoch: 2
Summary: Control daemon of a switch
License: Proprietary
Vendor: ACME Networks
Packager: builds@acme.example
URL: https://acme.example/switchd
Group: System
BuildArch: noarch
Source0: switchd
Source1: switchd.conf
%description
Controls the ports.
%install
mkdir -p %{buildroot}/usr/sbin %{buildroot}/etc
cp %{SOURCE0} %{buildroot}/usr/sbin/switchd
cp %{SOURCE1} %{buildroot}/etc/switchd.conf
ln -s switchd %{buildroot}/usr/sbin/portd
%files
%attr(0755,root,root) /usr/sbin/switchd
%attr(0644,root,root) /etc/switchd.conf
/usr/sbin/portd
SPEC
what=-bb
[ "$kind" != source ] || what=-bs
rpmbuild "$what" --quiet --nodeps --define "_topdir $work/top" --define "_sourcedir $work/in" --define "_buildhost builder.acme.example" \
    --define "_binary_payload $payload" --define "_source_payload $payload" --define "use_source_date_epoch_as_buildtime 1" \
    --define "clamp_mtime_to_source_date_epoch 1" --define "__os_install_post %{nil}" --define "_dbpath $work/db" "$work/switchd.spec" > "$work/log" 2>&1 ||
    { cat "$work/log" >&2; exit 1; }
find "$work/top" -name '*.rpm' -exec cp {} "$out" \;
