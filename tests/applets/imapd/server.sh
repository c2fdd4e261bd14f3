#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Around the dialogue: whose rights the processes have, several sessions, TLS, new mail in IDLE, memory of those that wait,
# an account that is added, the end of the server.
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/mailserver.sh"
mailserver_init imaplib
mailserver_user al
mailserver_user bo
cd "$T/home/al/Maildir" || exit 1
printf 'Subject: good\n\nhello\n' >cur/1.good.host:2,
printf 'Subject: new\n\nhello\n' >new/2.new.host
mkfifo cur/3.fifo.host:2,
ln -s /etc/passwd cur/4.link.host:2,
mkdir cur/5.dir.host:2,
: >cur/6.empty.host:2,ZZ
cd "$TOP" || exit 1
mailserver_conf mail_max_userip_connections=30 mynetworks=
mailserver_start imapd imapd -v

cat >"$T/talk.py" <<'END'
import imaplib, os, re, socket, ssl, sys, time

from dialogue import add_account, children, is_sanitized, look_at_rights, ok, status

T, port, tls_port, server, ca = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
root = os.geteuid() == 0
context = ssl.create_default_context(cafile=ca)
box = T + "/home/al/Maildir"


class Talk:
    """A connection on which lines are said and heard as they are."""

    def __init__(self, tls=False, login=None, select=False):
        self.s = socket.create_connection(("127.0.0.1", tls_port if tls else port), 20)
        if tls:
            self.s = context.wrap_socket(self.s, server_hostname="mx.example")
        self.f = self.s.makefile("rb")
        self.greeting = self.f.readline()
        if login:
            self.say("l LOGIN %s secret" % login, "l")
        if select:
            self.say("s SELECT INBOX", "s")

    def send(self, text):
        self.s.sendall(text.encode() + b"\r\n")

    def until(self, tag):
        lines = []
        while not lines or not lines[-1].startswith(tag + " "):
            line = self.f.readline()
            if not line:
                lines.append("closed")
                break
            lines.append(line.decode().rstrip("\r\n"))
        return lines

    def say(self, text, tag="a"):
        self.send(text)
        return self.until(tag)

    def close(self):
        self.f.close()
        self.s.close()


# Whose processes they are.
c = Talk(login="al")
if root:
    look_at_rights(server, "65533")

# What is no message is none, and what is new is moved, and recent once.
lines = c.say("a SELECT INBOX")
ok("* 3 EXISTS" in lines and "* 1 RECENT" in lines, "only regular files are messages", lines)
ok(os.listdir(box + "/new") == [], "what was new has been moved")

# Several sessions on one mailbox.
d = Talk(login="al", select=True)
ok(d.say("a STORE 1 +FLAGS.SILENT (\\Flagged)") == ["a OK Stored"], "one sets a flag")
got = c.say("a NOOP")
ok(got == ["* 1 FETCH (FLAGS (\\Flagged))", "a OK Done"], "the other hears of it", got)
d.send("a IDLE")
d.f.readline()

# What is delivered is told to who waits.
def deliver(name):
    with open(box + "/tmp/" + name, "w") as f:
        f.write("Subject: x\n\nx\n")
    if root:
        os.chown(box + "/tmp/" + name, 65533, 65533)
    os.rename(box + "/tmp/" + name, box + "/new/" + name)


deliver("7.x.host")
ok(d.f.readline() == b"* 4 EXISTS\r\n", "a delivery is told in IDLE")
ok(d.f.readline() == b"* 1 RECENT\r\n", "as recent")
deliver("8.x.host")
ok(d.f.readline() == b"* 5 EXISTS\r\n", "and the next one")
d.f.readline()
d.send("DONE")
ok(d.until("a")[-1] == "a OK Waited", "until DONE")
d.close()
got = c.say("a NOOP")
ok("* 5 EXISTS" in got and "* 3 RECENT" in got, "the other hears of them, too", got)
c.close()

# TLS, both ways.
c = Talk()
ok(b" STARTTLS " in c.greeting and b"AUTH=PLAIN" in c.greeting, "STARTTLS is offered", c.greeting)
c.s.sendall(b"a STARTTLS\r\nb LOGIN al secret\r\nc LOGIN {2+}\r\n")
ok(c.f.readline().startswith(b"a OK Begin"), "STARTTLS")
c.s = context.wrap_socket(c.s, server_hostname="mx.example")
c.f = c.s.makefile("rb")
got = c.say("a SELECT INBOX")
ok(got == ["a BAD Log in first"], "what was sent with STARTTLS is not used", got)
got = c.say("a CAPABILITY")
ok("STARTTLS" not in got[0], "STARTTLS is not offered again", got)
ok(c.say("a STARTTLS")[0].startswith("a BAD"), "nor taken")
ok(c.say("a LOGIN al secret")[-1].startswith("a OK"), "login")
c.close()
c = Talk(tls=True)
c.s.sendall(b"a LOGIN al secret\r\nb SELECT INBOX\r\nc LOGOUT\r\n")
got = c.until("c")
ok(got[-1] == "c OK Goodbye" and "* 5 EXISTS" in got, "TLS first, and pipelined", got)
c.close()

# Python's own client.
m = imaplib.IMAP4("127.0.0.1", port)
m.login("al", "secret")
ok(m.select("INBOX")[0] == "OK" and m.uid("STORE", "1", "+FLAGS", "(\\Answered)")[0] == "OK", "imaplib")
m.logout()


# Memory that one more session takes which waits.
def private(pid):
    text = open("/proc/%d/smaps_rollup" % pid).read()
    return sum(int(n) for n in re.findall(r"Private_\w+:\s*(\d+)", text))


def marginal(n, **how):
    before = set(children(server))
    kept = [Talk(**how) for _ in range(n)]
    time.sleep(1.5)
    pids = [p for p in children(server) if status(p, "Uid")[0] == ("65533" if root else str(os.geteuid()))]
    sizes = sorted(private(p) for p in pids)
    for k in kept:
        k.close()
    time.sleep(0.5)
    return sizes[-n:][n // 2]


if os.access("/proc/self/smaps_rollup", os.R_OK) and not is_sanitized(server):
    print("# logged in %d kB, selected %d kB, TLS %d kB" % (
        marginal(10, login="al"), marginal(10, login="al", select=True), marginal(10, login="al", select=True, tls=True)))
    ok(marginal(10, login="al", select=True) < 250, "a session that waits is small")

add_account(T, "dora", "65532")
got = Talk(login="dora").say("a SELECT INBOX")
ok(got[-1].startswith("a OK"), "a new account works at once", got)

# The server goes down: who waits is told.
c = Talk(login="al", select=True)
c.send("a IDLE")
c.f.readline()
d = Talk(login="al")
os.kill(server, 15)
ok(c.f.readline() == b"* BYE Going down\r\n", "who waits in IDLE is told of the end")
ok(d.f.readline() == b"* BYE Going down\r\n", "and who does not")
END
t_talk "$T/talk.py" "$T" "$PORT" "$TLS_PORT" "$SERVER" "$C/ca.pem"

t_stop "$SERVER"
t_is "$STATUS" 0 'TERM ends the server'
t_like "$(cat "$T/imapd.log")" 'user=al, logged out' 'a session is logged'
t_unlike "$(cat "$T/imapd.log")" 'secret' 'passwords are not'

t_expect_exit 64 imapd somebody
t_expect_exit 78 imapd -o tls_cert_file= --tls </dev/null
t_done
