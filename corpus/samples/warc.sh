#!/bin/sh
# Three WARC records: a description, a response, a resource. usage: warc.sh OUT
set -eu
python3 - "$1" <<'PY'
import sys
def record(kind, uri, body):
    head = "WARC/1.0\r\nWARC-Type: %s\r\nWARC-Date: 2023-11-14T22:13:20Z\r\nWARC-Record-ID: <urn:uuid:0-%s>\r\n" % (kind, kind)
    if uri:
        head += "WARC-Target-URI: %s\r\n" % uri
    return (head + "Content-Length: %d\r\n\r\n" % len(body)).encode() + body + b"\r\n\r\n"
page = b"HTTP/1.1 200 OK\r\n\r\n" + b"<p>a page</p>\n" * 60
open(sys.argv[1], "wb").write(record("warcinfo", "", b"software: none\r\n") + record("response", "http://example.org/index.html", page)
                              + record("resource", "file:///etc/motd", b"hello\n"))
PY
