#!/bin/sh
# SPDX-License-Identifier: ISC
#
# preauth.sh - one's own mail without a password, as over ssh: for users, and for nobody from the network.
. "${0%/*}/../../support/lib.sh"
t_init
mkdir "$T/desk" && chmod 777 "$T/desk"
user=$(id -un)
as=
if [ "$(id -u)" -eq 0 ]; then
	user=nobody
	as='setpriv --reuid=nobody --regid=nogroup --clear-groups --'
fi
t_conf "queue_directory=$T/desk/spool" "mail_location=maildir:$T/desk/%u" users_file=

printf 'a SELECT INBOX\r\nb LOGIN x y\r\nc LOGOUT\r\n' >"$T/in"
# shellcheck disable=SC2086 # words
$as imapd --preauth <"$T/in" >"$T/out" 2>"$T/err"
t_is "$?" 0 'a session'
t_like "$(sed -n 1p "$T/out")" '^. PREAUTH .CAPABILITY IMAP4rev1 ' 'the greeting says so'
t_unlike "$(sed -n 1p "$T/out")" 'STARTTLS|AUTH=' 'and offers no login'
t_like "$(cat "$T/out")" 'a OK .READ-WRITE.' 'the mailbox is there'
t_like "$(cat "$T/out")" 'b BAD Only before login' 'nobody else can log in'
t_is "$(find "$T/desk/$user" -name cur | grep -c .)" 1 'it is the own one'

t_expect_exit 64 imapd --preauth --listen 127.0.0.1:0 </dev/null
[ "$(id -u)" -ne 0 ] || t_expect_exit 64 imapd --preauth </dev/null

# Mail that another machine has cannot be had without its password; that which this one has can, whoever asks for it.
{
	echo "$user:::::::proxy host=192.0.2.1"
	echo "other:::::::proxy host=192.0.2.2"
} >"$T/desk/users"
[ "$(id -u)" -ne 0 ] || chown nobody:nogroup "$T/desk/users"
chmod 600 "$T/desk/users"
# shellcheck disable=SC2086
$as imapd --preauth -o "users_file=$T/desk/users" <"$T/in" >"$T/out" 2>"$T/err"
t_is "$(tr -d '\r' <"$T/out")" "* BYE The mail of $user is at 192.0.2.1: log in there" 'mail at another machine'
sed -i 's/192.0.2.1/127.0.0.1/' "$T/desk/users"
# shellcheck disable=SC2086
$as imapd --preauth -o "users_file=$T/desk/users" <"$T/in" >"$T/out" 2>"$T/err"
t_like "$(sed -n 1p "$T/out")" '^. PREAUTH ' 'the machine that is meant is this one'

# A socket from the network, as inetd has it.
cat >"$T/net.py" <<'END'
import socket, subprocess, sys
l = socket.create_server(("127.0.0.1", 0))
c = socket.create_connection(l.getsockname())
s = l.accept()[0]
p = subprocess.Popen(sys.argv[1:] + ["imapd", "--preauth"], stdin=s, stdout=s, stderr=subprocess.DEVNULL)
s.close()
print(c.makefile().read().strip())
p.wait()
END
# shellcheck disable=SC2086
t_is "$(python3 "$T/net.py" $as)" '* BYE --preauth is for processes of this machine' 'not over the network'
t_done
