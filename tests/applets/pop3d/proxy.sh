#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Users whose mailboxes another host has: two servers here, a front and a back. Passwords that are checked at either,
# TLS between the two, commands that were sent with the login, rights that are given up, servers that name themselves.
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/mailserver.sh"
mailserver_init poplib
mailserver_pair pop3d .hello

cat >"$T/talk.py" <<'END'
import os, poplib, socket, sys

from dialogue import look, look_at_carrier, look_at_proxied

port, server = int(sys.argv[1]), int(sys.argv[2])


def subject(user, password):
    try:
        c = poplib.POP3("127.0.0.1", port, timeout=20)
        c.user(user)
        c.pass_(password)
        got = c.retr(1)[1]
        c.quit()
        return (got[-3] + b" " + got[-1][1:]).decode()
    except (poplib.error_proto, EOFError) as e:
        return str(e)


look_at_proxied(subject, r"\[AUTH\].*failed", "SYS/TEMP")

# All at once, as a client that knows PIPELINING does.
s = socket.create_connection(("127.0.0.1", port), 20)
s.sendall(b"USER carl\r\nPASS secret\r\nSTAT\r\nRETR 1\r\nQUIT\r\n")
got = b""
while True:
    more = s.recv(65536)
    if not more:
        break
    got += more
look(got.decode(), r"(?s)Logged in\r\n\+OK 1 \d+\r\n\+OK .*\r\nSubject: of al\r\n\r\n\.\.hello\r\n\.\r\n\+OK Bye", "what was sent with the login is answered by the host")

# AUTH, and whose process it then is.
c = poplib.POP3("127.0.0.1", port, timeout=20)
c._shortcmd("AUTH PLAIN AGNhcmwAc2VjcmV0")
if os.geteuid() == 0:
    look_at_carrier(server)
look(str(c.stat()[0]), "^1$", "AUTH PLAIN")
c.quit()
c = poplib.POP3("127.0.0.1", port, timeout=20)
look(str(c._shortcmd("CAPA")), "OK", "an ordinary session beside it")
END
t_talk "$T/talk.py" "$PORT" "$SERVER"
mailserver_pair_logs
t_done
