#!/bin/sh
# SPDX-License-Identifier: ISC
#
# unauthenticate.sh - one connection, one user after the other (RFC 8437): where all mailboxes are the caller's, and the
# administrator has allowed it; compression ends with it, and a seat is free.
. "${0%/*}/../../support/lib.sh"
t_init
python3 -c 'import zlib' 2>/dev/null || t_skip_all 'there is no Python'
as=
owner=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
	owner=nobody
	as='setpriv --reuid=nobody --regid=nogroup --clear-groups --'
fi
mkdir "$T/desk"
for user in al bo; do
	mkdir -p "$T/desk/$user/new" "$T/desk/$user/cur" "$T/desk/$user/tmp"
	printf 'Subject: of %s\n\nhello\n' $user >"$T/desk/$user/new/1.$user.host"
	echo "$user:{PLAIN}secret::::::" >>"$T/desk/users"
done
[ "$(id -u)" -ne 0 ] || chown -R nobody:nogroup "$T/desk"
chmod 755 "$T"
common="queue_directory=$T/desk/spool mail_location=maildir:$T/desk/%u users_file=$T/desk/users mail_owner=$owner"

cat >"$T/talk.py" <<'END'
import socket, subprocess, sys

from imapwire import Wire


def connect():
    """To a server that was started for it, as by inetd."""
    ours, its = socket.socketpair()
    subprocess.Popen(sys.argv[1:], stdin=its, stdout=its, stderr=subprocess.DEVNULL)
    its.close()
    ours.settimeout(20)
    return Wire(ours)


def say(c, text):
    return c.say(text)[-1]


def subject(c):
    return c.say("f FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]")[1]


c = connect()
print("UNAUTHENTICATE" in say(c, "a LOGIN al secret"))
print(say(c, "a SELECT INBOX"), subject(c))
if "UNAUTHENTICATE" not in say(c, "a UNAUTHENTICATE") and sys.argv[-1] != "imap_unauthenticate=yes":
    print("not here")
    sys.exit()
print(say(c, "a SELECT INBOX"))
# The next user, said in one go with it.
say(c, "a LOGIN al secret")
c.s.sendall(b"u UNAUTHENTICATE\r\nl LOGIN bo secret\r\ns SELECT INBOX\r\n")
print([line for line in iter(c.line, "s OK [READ-WRITE] Selected") if line.startswith(("u NO", "l NO"))])
print(subject(c))
# One seat is all there is: another connection has it once it is free.
other = connect()
print(say(other, "a LOGIN bo secret"))
say(c, "a UNAUTHENTICATE")
other = connect()
print(say(other, "a LOGIN bo secret")[:4])
# Compressed, and then not.
say(c, "a LOGIN al secret")
if say(c, "a COMPRESS DEFLATE").startswith("a OK"):
    c.deflate()
    print(say(c, "a SELECT INBOX"))
    say(c, "a UNAUTHENTICATE")
    c.plain()
print(say(c, "a LOGIN al secret")[:4], say(c, "a LOGOUT"))
END

# shellcheck disable=SC2086 # words
run()
{
	t_conf $common mail_max_userip_connections=1 imap_compress=yes "$@"
	chmod 644 "$LETTERBOX_CONF"
	PYTHONPATH=$TOP/tests/support python3 -B "$T/talk.py" $as "$LETTERBOX" imapd -o "$*" 2>&1
}

got=$(run imap_unauthenticate=yes | grep -v '^a OK .READ-WRITE. Selected$')
t_is "$got" 'True
a OK [READ-WRITE] Selected Subject: of al
a BAD Log in first
[]
Subject: of bo
a NO [UNAVAILABLE] The mail cannot be opened now
a OK
a OK a OK Goodbye' 'one user after the other'
t_is "$(run imap_unauthenticate=no)" 'False
a OK [READ-WRITE] Selected Subject: of al
not here' 'only where it is allowed'

# Who was root has become the user for good.
if [ "$(id -u)" -eq 0 ]; then
	as=
	sed -i 's/::::::/:65533:65533::::/' "$T/desk/users"
	chown -R 65533:65533 "$T/desk/al"
	chmod 711 "$T/desk"
	t_is "$(run imap_unauthenticate=yes | sed -n 1p)" 'False' 'and not to who was root'
fi
t_done
