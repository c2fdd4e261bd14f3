#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Users whose mailboxes another host has: two servers here, a front and a back. Passwords that are checked at either,
# TLS between the two, commands that were sent with the login, rights that are given up, servers that name themselves,
# what the host says unasked.
. "${0%/*}/../../support/lib.sh"
t_init
python3 -c 'import imaplib, ssl' 2>/dev/null || t_skip_all 'there is no Python'
C=$T/certs
"$TOP/tests/support/certs" "$C" || t_skip_all 'there is no openssl'
[ -e "${LETTERBOX%/*}/modules/curl.so" ] || t_skip_all 'built without libcurl'

uid=
owner=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
	uid=65533
	owner=nobody
fi
for user in al bo; do
	t_user $user "{PLAIN}secret:$uid:$uid::$T/home/$user::"
	mkdir -p "$T/home/$user/Maildir/new" "$T/home/$user/Maildir/cur" "$T/home/$user/Maildir/tmp"
	printf 'Subject: of %s\n\nhello\n' $user >"$T/home/$user/Maildir/new/1.$user.host"
done
t_user mbox "{PLAIN}secret:$uid:$uid::$T/home/mbox::userdb_mail=mbox:$T/home/mbox/mail"
[ -z "$uid" ] || chown -R "$uid:$uid" "$T/home"
t_conf "mail_owner=$owner" auth_failure_delay=0 "tls_cert_file=$C/mx.pem" "tls_key_file=$C/mx.key"
t_start back imapd --listen 127.0.0.1:0 --listen-tls 127.0.0.1:0 --foreground
t_port back || t_done
back=$PORT
back_tls=$(sed -n 's/.*listening on .*:\([0-9][0-9]*\).*/\1/p' "$T/back.log" | sed -n 2p)

# ---- the front ----

SPOOL=$T/front-spool
front=$(t_unused_port)
cat >"$T/front-users" <<-END
	al:{PLAIN}front::::::proxy host=127.0.0.1 port=$back pass=secret
	bo:::::::proxy=y nopassword=y host=127.0.0.1 port=$back
	carl:{PLAIN}secret::::::proxy host=127.0.0.1 port=$back destuser=al
	dora:{PLAIN}secret::::::proxy host=localhost port=$back_tls destuser=bo ssl
	emil:{PLAIN}secret::::::proxy host=localhost port=$back_tls destuser=bo ssl=any-cert
	finn:{PLAIN}secret::::::proxy host=127.0.0.1 port=$front
	gina:{PLAIN}secret:$uid:$uid::$T/home/al::proxy_maybe host=127.0.0.1 port=$front userdb_mail=maildir:$T/home/al/Maildir
	hugo:{PLAIN}secret::::::proxy host=127.0.0.1 port=$(t_unused_port)
	ida:{PLAIN}secret::::::proxy
	jan:{PLAIN}wrong::::::proxy host=127.0.0.1 port=$back destuser=al
	kim:::::::proxy nopassword host=127.0.0.1 port=$back destuser=mbox
END
chmod 600 "$T/front-users"
t_conf "mail_owner=$owner" auth_failure_delay=0 "users_file=$T/front-users" "queue_directory=$SPOOL" \
	"ssl_client_ca_file=$C/ca.pem"
t_start front imapd --listen "127.0.0.1:$front" --foreground
t_port front || t_done
# shellcheck disable=SC2154 # t_start sets it
server=$t_pid

cat >"$T/talk.py" <<'END'
import imaplib, os, re, socket, sys

port, server, box = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


def look(got, want, text):
    print("%s - %s" % ("ok" if re.search(want, got) else "not ok", text))
    if not re.search(want, got):
        print("# got %r" % got)


def connect():
    return imaplib.IMAP4("127.0.0.1", port, timeout=20)


def subject(user, password="secret"):
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


look(subject("al", "front"), "^Subject: of al hello$", "pass= is for the host, the client has a password of ours")
look(subject("al", "secret"), "AUTHENTICATIONFAILED", "and not that of the host")
look(subject("bo"), "^Subject: of bo hello$", "nopassword: the host looks at the password")
look(subject("bo", "wrong"), r"\[AUTHENTICATIONFAILED\] Authentication failed", "and says that it is wrong")
look(subject("carl"), "^Subject: of al hello$", "destuser=")
look(subject("dora"), "UNAVAILABLE.*cannot be reached", "a certificate with another name")
look(subject("emil"), "^Subject: of bo hello$", "ssl=any-cert")
look(subject("finn"), "UNAVAILABLE.*cannot be reached", "a server that is sent to itself")
look(subject("gina"), "^Subject: of al hello$", "proxy_maybe: itself is good enough")
look(subject("hugo"), "UNAVAILABLE.*cannot be reached", "nobody is there")
look(subject("ida"), "UNAVAILABLE", "proxy without host=")
look(subject("jan"), "AUTHENTICATIONFAILED", "a password that is wrong here")
look(subject("kim"), r"UNAVAILABLE.*cannot be reached", "nopassword, and the host cannot open the mail: that is no wrong password")

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
pids = [int(p) for p in open("/proc/%d/task/%d/children" % (server, server)).read().split()]
with_host = []
for pid in pids:
    try:
        text = open("/proc/%d/status" % pid).read()
    except OSError:
        continue
    if re.search(r"CapPrm:\s*0+$", text, re.M):
        with_host.append(re.search(r"Uid:\s*(\d+)\s+\d+\s+(\d+)", text).groups())
if os.geteuid() == 0:
    look(str([u for u in with_host if u[0] != "0" and u[0] == u[1]]), r"\(", "its process has no rights any more")
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
# shellcheck disable=SC2154
python3 "$T/talk.py" "$front" "$server" "$T/home/al/Maildir" >"$T/said" 2>&1
while IFS= read -r line; do
	case $line in
	'ok - '*) t_ok "${line#ok - }";;
	'not ok - '*) t_fail "${line#not ok - }";;
	*) t_note "$line";;
	esac
done <"$T/said"
t_like "$(cat "$T/front.log")" 'user=carl, proxied to 127.0.0.1 as al$' 'the log says where they went'
t_like "$(cat "$T/front.log")" 'host=127.0.0.1 is this server itself, user=finn' 'and who goes round in circles'
t_like "$(cat "$T/front.log")" 'SASL password authentication failed.*sasl_username=bo' 'and who was refused there'
t_unlike "$(cat "$T/front.log" "$T/back.log")" 'secret|wrong$' 'no password is in the logs'
t_done
