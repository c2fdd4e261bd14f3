#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Around the dialogue: whose rights the processes have, several sessions, TLS, files that are no messages, an account
# that is added, a large message, the end of the server.
. "${0%/*}/../../support/lib.sh"
t_init
python3 -c 'import poplib, ssl' 2>/dev/null || t_skip_all 'there is no Python'
C=$T/certs
"$TOP/tests/support/certs" "$C" || t_skip_all 'there is no openssl'

# As root the server waits as the spool's owner, and each user has ids of his own.
uid=
owner=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
	uid=65533
	owner=nobody
fi
t_user al "{PLAIN}secret:$uid:$uid::$T/home/al::"
t_user bo "{PLAIN}secret:$uid:$uid::$T/home/bo::"
mkdir -p "$T/home/al/Maildir/new" "$T/home/al/Maildir/cur" "$T/home/al/Maildir/tmp"
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
[ -z "$uid" ] || chown -R "$uid:$uid" "$T/home"
chmod 600 "$T/users"
t_conf "mail_owner=$owner" auth_failure_delay=0 mail_max_userip_connections=2 "tls_cert_file=$C/mx.pem" \
	"tls_key_file=$C/mx.key" mynetworks=
t_start pop3d pop3d --listen 127.0.0.1:0 --listen-tls 127.0.0.1:0 --foreground -v
t_port pop3d || t_done
# shellcheck disable=SC2154 # t_start sets it
server=$t_pid
tls_port=$(sed -n 's/.*listening on .*:\([0-9][0-9]*\).*/\1/p' "$T/pop3d.log" | sed -n 2p)

cat >"$T/talk.py" <<'END'
import os, poplib, re, signal, socket, ssl, sys, time

T, port, tls_port, server, ca = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
root = os.geteuid() == 0
context = ssl.create_default_context(cafile=ca)


def ok(good, text, got=""):
    print("%s - %s" % ("ok" if good else "not ok", text))
    if not good:
        print(repr(got))


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


def children():
    return [int(p) for p in open("/proc/%d/task/%d/children" % (server, server)).read().split()]


def status(pid, name):
    return re.search(name + r":\s*(.*)", open("/proc/%d/status" % pid).read()).group(1).split()


# Whose processes they are.
c = login()
if root:
    # One that was just forked has still to give up what it inherited.
    for _ in range(100):
        states = {pid: (status(pid, "Uid")[0], status(pid, "CapPrm")[0]) for pid in children()}
        if all(s[0] != "0" for s in states.values()):
            break
        time.sleep(0.05)
    users = [s for s in states.values() if s[0] == "65533"]
    ok(users and all(int(s[1], 16) == 0 for s in users), "a session is the user's and can do nothing else", states)
    rest = [s for s in states.values() if s[0] != "65533"]
    ok(rest and all(s[0] != "0" and int(s[1], 16) in (0xc0, 0x4) for s in rest),
       "who waits has one right, and so has who knows the passwords", states)

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

# An account that was added while the server runs, in a file that only root may read.
with open(T + "/users", "a") as f:
    f.write("dora:{PLAIN}secret:%s:%s::%s/home/dora::\n" % (("65532", "65532", T) if root else ("", "", T)))
os.mkdir(T + "/home/dora")
if root:
    os.chown(T + "/home/dora", 65532, 65532)
time.sleep(0.1)
ok(login("dora").quit().startswith(b"+OK"), "a new account works at once")

# A large message, taken slowly: the process does not grow with it.
with open(T + "/home/dora/Maildir/new/1.large.host", "wb") as f:
    f.write(b"Subject: large\n\n" + b"." * 63 + b"\n" + (b"x" * 63 + b"\n") * (64 << 14))
c = login("dora")
c.sock.sendall(b"RETR 1\r\n")
time.sleep(0.3)
peak = max(int(status(p, "VmHWM")[0]) for p in children())
sanitized = any("asan" in open("/proc/%d/maps" % p).read() for p in children())
got = b"\r\n".join(c._getlongresp()[1])
ok(len(got) == 18 + (1 + (64 << 14)) * 65 - 2 and got.count(b"x") == 63 * (64 << 14), "a large message is whole", len(got))
# Sanitizers take memory of their own.
ok(peak < (20000 if sanitized else 16000), "a session holds little of it", peak)
c.quit()
END
python3 "$T/talk.py" "$T" "$PORT" "$tls_port" "$server" "$C/ca.pem" >"$T/talked" 2>&1 ||
	t_fail 'the dialogue goes to its end'
while IFS= read -r line; do
	case $line in
	'ok - '*) t_ok "${line#ok - }";;
	'not ok - '*) t_fail "${line#not ok - }";;
	*) t_note "$line";;
	esac
done <"$T/talked"

t_stop "$server"
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
