#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Users whose mailboxes another host has: two servers here, a front and a back. Passwords that are checked at either,
# TLS between the two, commands that were sent with the login, rights that are given up, servers that name themselves.
. "${0%/*}/../../support/lib.sh"
t_init
python3 -c 'import poplib, ssl' 2>/dev/null || t_skip_all 'there is no Python'
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
	printf 'Subject: of %s\n\n.hello\n' $user >"$T/home/$user/Maildir/new/1.$user.host"
done
[ -z "$uid" ] || chown -R "$uid:$uid" "$T/home"
t_conf "mail_owner=$owner" auth_failure_delay=0 "tls_cert_file=$C/mx.pem" "tls_key_file=$C/mx.key"
t_start back pop3d --listen 127.0.0.1:0 --listen-tls 127.0.0.1:0 --foreground
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
END
chmod 600 "$T/front-users"
t_conf "mail_owner=$owner" auth_failure_delay=0 "users_file=$T/front-users" "queue_directory=$SPOOL" \
	"ssl_client_ca_file=$C/ca.pem"
t_start front pop3d --listen "127.0.0.1:$front" --foreground
t_port front || t_done
# shellcheck disable=SC2154 # t_start sets it
server=$t_pid

cat >"$T/talk.py" <<'END'
import os, poplib, re, socket, sys

port, server = int(sys.argv[1]), int(sys.argv[2])


def login(user, password="secret"):
    c = poplib.POP3("127.0.0.1", port, timeout=20)
    c.user(user)
    c.pass_(password)
    return c


def subject(*args):
    try:
        c = login(*args)
        got = c.retr(1)[1]
        c.quit()
        return (got[-3] + got[-1]).decode()
    except (poplib.error_proto, EOFError) as e:
        return str(e)


def look(got, want, text):
    print("%s - %s" % ("ok" if re.search(want, got) else "not ok", text))
    if not re.search(want, got):
        print("# got %r" % got)


look(subject("al", "front"), "^Subject: of al.hello$", "pass= is for the host, the client has a password of ours")
look(subject("al", "secret"), "AUTH.*failed", "and not that of the host")
look(subject("bo"), "^Subject: of bo.hello$", "nopassword: the host looks at the password")
look(subject("bo", "wrong"), r"\[AUTH\] Authentication failed", "and says that it is wrong")
look(subject("carl"), "^Subject: of al.hello$", "destuser=")
look(subject("dora"), "SYS/TEMP.*cannot be reached", "a certificate with another name")
look(subject("emil"), "^Subject: of bo.hello$", "ssl=any-cert")
look(subject("finn"), "SYS/TEMP.*cannot be reached", "a server that is sent to itself")
look(subject("gina"), "^Subject: of al.hello$", "proxy_maybe: itself is good enough")
look(subject("hugo"), "SYS/TEMP.*cannot be reached", "nobody is there")
look(subject("ida"), "SYS/TEMP", "proxy without host=")
look(subject("jan"), "AUTH.*failed", "a password that is wrong here")

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
look(str(c.stat()[0]), "^1$", "AUTH PLAIN")
c.quit()
c = poplib.POP3("127.0.0.1", port, timeout=20)
look(str(c._shortcmd("CAPA")), "OK", "an ordinary session beside it")
END
# shellcheck disable=SC2154
python3 "$T/talk.py" "$front" "$server" >"$T/said" 2>&1
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
