#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Around the dialogue: whose rights the processes have, several sessions, TLS, files that are no messages, an account
# that is added, a large message, the end of the server.
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/mailserver.sh"
mailserver_init poplib
mailserver_user al
mailserver_user bo
cd "$T/home/al/Maildir" || exit 1
printf 'Subject: good\n\nhello\n' >new/1.good.host
printf 'Subject: lies\n\nhello\n' >'cur/2.lies.host,S=5,W=5:2,'
mkfifo cur/3.fifo.host:2,
ln -s /etc/passwd cur/4.link.host:2,
mkdir cur/5.dir.host:2,
: >cur/6.empty.host:2,ZZ
printf 'x' >"cur/$(printf '7.new\nline'):2,S"
printf 'x\n' >"cur/$(printf '%0250d' 8)"
cd "$TOP" || exit 1
mailserver_conf mail_max_userip_connections=2 mynetworks=
mailserver_start pop3d pop3d -v

cat >"$T/talk.py" <<'END'
import os, poplib, socket, ssl, sys, time

from dialogue import add_account, children, is_sanitized, look_at_rights, ok, status

T, port, tls_port, server, ca = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
root = os.geteuid() == 0
context = ssl.create_default_context(cafile=ca)


def login(user="al", password="secret"):
    c = poplib.POP3("127.0.0.1", port, timeout=20)
    c.user(user)
    c.pass_(password)
    return c


def refusal(f, *args):
    try:
        f(*args)
        return "none"
    except (poplib.error_proto, EOFError) as e:
        return str(e)


# Whose processes they are.
c = login()
if root:
    look_at_rights(server, "65533")

# What is no message is none, and what a name says of the size is believed until it is known better.
n = c.stat()[0]
ok(n == 4, "only regular files are messages", c.list())
texts = [b"\r\n".join(c.retr(i)[1]) for i in range(1, n + 1)]
ok(sorted(texts) == [b"", b"Subject: good\r\n\r\nhello", b"Subject: lies\r\n\r\nhello", b"x"], "they are whole", texts)
ids = c.uidl()[1]
before = sorted(c.list()[1])

# One session a mailbox; another mailbox is free.
ok("[IN-USE]" in refusal(login), "a mailbox in use is refused")
d = login("bo")
ok(d.stat() == (0, 0), "another mailbox is not")
d.quit()
ok(sorted(c.list()[1]) == before, "sizes do not change within a session")
c.quit()

c = login()
ok(c.uidl()[1] == ids, "unique ids are the same in the next one")
lies = 1 + texts.index(b"Subject: lies\r\n\r\nhello")
ok(b"%d 24" % lies in c.list()[1], "sizes are right in the next one", c.list()[1])
c.quit()

# TLS, both ways.
c = poplib.POP3("127.0.0.1", port, timeout=20)
ok("STLS" in c.capa(), "STLS is offered")
c.sock.sendall(b"STLS\r\nUSER al\r\n")
ok(c._getresp().startswith(b"+OK Begin"), "STLS")
c.sock = context.wrap_socket(c.sock, server_hostname="mx.example")
c.file = c.sock.makefile("rb")
ok("Send USER first" in refusal(c.pass_, "secret"), "what was sent with STLS is not used")
ok("STLS" not in c.capa(), "STLS is not offered again")
c.user("al")
c.pass_("secret")
c.quit()

sock = context.wrap_socket(socket.create_connection(("127.0.0.1", tls_port), 20), server_hostname="mx.example")
sock.sendall(b"USER al\r\nPASS secret\r\nLIST\r\nQUIT\r\n")
text = b""
while True:
    got = sock.recv(65536)
    if not got:
        break
    text += got
ok(text.startswith(b"+OK ") and text.endswith(b"\r\n.\r\n+OK Bye\r\n"), "TLS first, and pipelined", text)

add_account(T, "dora", "65532")
ok(login("dora").quit().startswith(b"+OK"), "a new account works at once")

# A large message, taken slowly: the process does not grow with it.
with open(T + "/home/dora/Maildir/new/1.large.host", "wb") as f:
    f.write(b"Subject: large\n\n" + b"." * 63 + b"\n" + (b"x" * 63 + b"\n") * (64 << 14))
c = login("dora")
c.sock.sendall(b"RETR 1\r\n")
time.sleep(0.3)
peak = max(int(status(p, "VmHWM")[0]) for p in children(server))
got = b"\r\n".join(c._getlongresp()[1])
ok(len(got) == 18 + (1 + (64 << 14)) * 65 - 2 and got.count(b"x") == 63 * (64 << 14), "a large message is whole", len(got))
ok(peak < (20000 if is_sanitized(server) else 16000), "a session holds little of it", peak)
c.quit()
END
t_talk "$T/talk.py" "$T" "$PORT" "$TLS_PORT" "$SERVER" "$C/ca.pem"

t_stop "$SERVER"
t_is "$STATUS" 0 'TERM ends the server'
t_like "$(cat "$T/pop3d.log")" 'user=al, retrieved=4' 'a session is logged'
t_unlike "$(cat "$T/pop3d.log")" 'secret' 'passwords are not'

# The limit of sessions holds over processes that know nothing of each other.
cat >"$T/two.py" <<'END'
import poplib, socket, subprocess, sys

def session():
    ours, theirs = socket.socketpair()
    p = subprocess.Popen(["pop3d"] + sys.argv[1:], stdin=theirs, stdout=theirs)
    theirs.close()
    ours.sendall(b"USER bo\r\nPASS secret\r\n")
    f = ours.makefile("rb")
    return [f.readline(), f.readline(), f.readline()][2], ours, p

kept = [session() for i in range(3)]
print(b" ".join(s[0][:12].strip() for s in kept).decode())
for answer, s, p in kept:
    s.close()
    p.wait()
print(session()[0][:12].strip().decode())
END
t_is "$(python3 "$T/two.py" -o pop3_lock_session=no 2>"$T/err")" '+OK Logged i +OK Logged i -ERR [IN-USE
+OK Logged i' 'mail_max_userip_connections holds over processes'

t_expect_exit 78 pop3d -o pop3_uidl_format=same </dev/null
t_expect_exit 64 pop3d somebody
t_expect_exit 78 pop3d -o tls_cert_file= --tls </dev/null
t_done
