#!/bin/sh
# SPDX-License-Identifier: ISC
#
# compress.sh - COMPRESS=DEFLATE: only where it is allowed, over TLS and without, and what is compressed wrongly.
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/mailserver.sh"
mailserver_init zlib
mailserver_user al
mailserver_conf imap_compress=yes
mailserver_start imapd imapd -v

cat >"$T/talk.py" <<'END'
import socket, ssl, sys, zlib

from dialogue import ok
from imapwire import Wire

port, tls_port, ca = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


def connect(tls=False):
    s = socket.create_connection(("127.0.0.1", tls_port if tls else port), 20)
    if tls:
        s = ssl.create_default_context(cafile=ca).wrap_socket(s, server_hostname="mx.example")
    c = Wire(s)
    c.say("l LOGIN al secret")
    return c


def compress(c):
    got = c.say("c COMPRESS DEFLATE")
    c.deflate()
    return got[-1]


for tls in False, True:
    c = connect(tls)
    ok("COMPRESS=DEFLATE" in c.say("a CAPABILITY")[0], "it is offered")
    ok(compress(c) == "c OK From here on", "COMPRESS")
    got = c.say("a SELECT INBOX")
    ok(got[-1] == "a OK [READ-WRITE] Selected", "a command", got)
    ok(c.say("a COMPRESS DEFLATE")[-1].startswith("a NO [COMPRESSIONACTIVE]"), "but not twice")
    text = b"Subject: x\r\n\r\n" + b"0123456789abcdef\r\n" * 60000
    c.send(b"a APPEND INBOX {%d+}\r\n%s\r\n" % (len(text), text))
    got = c.line()
    while not (got == "closed" or got.startswith("a ")):
        got = c.line()
    ok(got.startswith("a OK [APPENDUID"), "a megabyte in one command", got)
    c.send(b"a IDLE\r\n")
    ok(c.line() == "+ Waiting", "IDLE")
    c.send(b"DONE\r\n")
    ok(c.line() == "a OK Waited", "DONE")
    # Much that is pipelined, byte by byte.
    data = c.out.compress(b"b NOOP\r\n" * 1000) + c.out.flush(zlib.Z_SYNC_FLUSH)
    for i in range(len(data)):
        c.s.sendall(data[i:i + 1])
    ok([c.line() for _ in range(1000)] == ["b OK Done"] * 1000, "a thousand commands")
    ok(c.say("a LOGOUT")[-1] == "a OK Goodbye", "LOGOUT")

c = connect()
compress(c)
c.s.sendall(b"a NOOP\r\n" * 100)
ok(c.line() == "closed", "what is not compressed ends it")
c = connect()
ok(c.say("a COMPRESS FOO")[-1].startswith("a BAD"), "there is no other algorithm")
c.send(b"a COMPRESS DEFLATE\r\nb NOOP\r\n")
ok(c.line().startswith("a BAD") and c.line() == "b OK Done", "whoever does not wait for the answer is refused")
c = connect()
compress(c)
# A gigabyte of nothing: each command is too long.
z = zlib.compressobj(9, zlib.DEFLATED, -15)
data = z.compress(b"x" * (64 << 20)) + z.flush(zlib.Z_SYNC_FLUSH)
try:
    c.s.sendall(data)
    got = c.line()
except OSError:
    got = "closed"
ok("too long" in got or got == "closed", "much from little is not taken", got)
END
t_talk "$T/talk.py" "$PORT" "$TLS_PORT" "$C/ca.pem"
t_stop "$SERVER"

t_conf auth_failure_delay=0
printf 'a LOGIN al secret\r\nb CAPABILITY\r\nc COMPRESS DEFLATE\r\nd LOGOUT\r\n' | imapd >"$T/out" 2>/dev/null
t_unlike "$(cat "$T/out")" 'COMPRESS=DEFLATE' 'it is not offered unless it is allowed'
t_like "$(cat "$T/out")" 'c NO .CANNOT.' 'nor done'
t_done
