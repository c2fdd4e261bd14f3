#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Users whose mailboxes another host has: two servers here, a front and a back. Passwords that are checked at either,
# TLS between the two, commands that were sent with the login, rights that are given up, servers that name themselves,
# what the host says unasked.
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/mailserver.sh"
mailserver_init imaplib
mailserver_pair imapd hello

cat >"$T/talk.py" <<'END'
import imaplib, os, socket, sys

from dialogue import look, look_at_carrier, look_at_proxied

port, server, box = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


def connect():
    return imaplib.IMAP4("127.0.0.1", port, timeout=20)


def subject(user, password):
    try:
        c = connect()
        c.login(user, password)
        c.select("INBOX", readonly=True)
        got = c.fetch("1", "(BODY.PEEK[])")[1][0][1]
        c.logout()
        return " ".join(got.decode().split())
    except (imaplib.IMAP4.error, OSError) as e:
        return str(e)


def converse(*pieces):
    """Say the pieces, each when the one before is answered, and hear all to the end."""
    s = socket.create_connection(("127.0.0.1", port), 20)
    f = s.makefile("rb")
    heard = f.readline()
    for piece in pieces[:-1]:
        s.sendall(piece)
        heard += f.readline()
    s.sendall(pieces[-1])
    return (heard + f.read()).decode()


look_at_proxied(subject, "AUTHENTICATIONFAILED", "UNAVAILABLE")

# All at once; the host hears each octet that came behind the login, a literal among them.
got = converse(b"a LOGIN carl secret\r\nb SELECT {5+}\r\nINBOX\r\nc FETCH 1 BODY.PEEK[TEXT]\r\nd LOGOUT\r\n")
look(got, r"(?s)^\* OK [^\n]*\r\na OK Logged in\r\n\* .*\r\nb OK .*\* 1 FETCH \(BODY\[TEXT\] \{7\}\r\nhello\r\n\)\r\n"
     r"c OK .*\r\n\* BYE .*\r\nd OK .*\r\n$", "what was sent with the login is answered by the host")
got = converse(b"a AUTHENTICATE PLAIN\r\n", b"AGNhcmwAc2VjcmV0\r\nb CAPABILITY\r\nc LOG", b"OUT\r\n")
look(got, r"(?s)\+ \r\na OK Logged in\r\n\* CAPABILITY IMAP4rev1 .*UIDPLUS.*\r\nb OK .*\r\nc OK ",
     "AUTHENTICATE in two steps, and capabilities that are the host's")
got = converse(b"a LOGIN hugo secret\r\nb LOGIN carl secret\r\n")
look(got, r"a NO \[UNAVAILABLE\] .*\r\n\* BYE .*\r\n$", "where it cannot be reached the session is over")

# Whose process it then is.
c = connect()
c.authenticate("PLAIN", lambda _: b"\0carl\0secret")
if os.geteuid() == 0:
    look_at_carrier(server)
look(str(c.select("INBOX")), "OK.*1", "AUTHENTICATE PLAIN")
# What is said unasked comes through, too.
tag = c._new_tag()
c.send(tag + b" IDLE\r\n")
look(c.readline().decode(), r"^\+ ", "IDLE at the host")
open(box + "/tmp/2.al.host", "w").write("Subject: more\n\n")
os.rename(box + "/tmp/2.al.host", box + "/new/2.al.host")
look(c.readline().decode(), r"^\* 2 EXISTS", "new mail at the host is told")
c.send(b"DONE\r\n")
line = b""
while not line.startswith(tag):
    line = c.readline()
c.logout()
look(str(connect().capability()), "LITERAL", "an ordinary session beside it")
END
t_talk "$T/talk.py" "$PORT" "$SERVER" "$T/home/al/Maildir"
mailserver_pair_logs
t_done
