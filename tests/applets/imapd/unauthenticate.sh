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
import socket, subprocess, sys, zlib


class Talk:
    """A connection to a server that was started for it, as by inetd."""
    def __init__(self):
        ours, its = socket.socketpair()
        self.server = subprocess.Popen(sys.argv[1:], stdin=its, stdout=its, stderr=subprocess.DEVNULL)
        its.close()
        ours.settimeout(20)
        self.s, self.out, self.into, self.text = ours, None, None, b""
        self.line()

    def line(self):
        while b"\r\n" not in self.text:
            got = self.s.recv(65536)
            if not got:
                return "closed"
            self.text += self.into.decompress(got) if self.into else got
        line, self.text = self.text.split(b"\r\n", 1)
        return line.decode()

    def say(self, text):
        data = text.encode() + b"\r\n"
        self.s.sendall(self.out.compress(data) + self.out.flush(zlib.Z_SYNC_FLUSH) if self.out else data)
        tag = text.split()[0] + " "
        while True:
            line = self.line()
            if line == "closed" or line.startswith(tag):
                return line

    def subject(self):
        self.s.sendall(b"f FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]\r\n")
        self.line()
        got = self.line()
        while not self.line().startswith("f "):
            pass
        return got


c = Talk()
print("UNAUTHENTICATE" in c.say("a LOGIN al secret"))
print(c.say("a SELECT INBOX"), c.subject())
if "UNAUTHENTICATE" not in c.say("a UNAUTHENTICATE") and sys.argv[-1] != "imap_unauthenticate=yes":
    print("not here")
    sys.exit()
print(c.say("a SELECT INBOX"))
# The next user, said in one go with it.
c.say("a LOGIN al secret")
c.s.sendall(b"u UNAUTHENTICATE\r\nl LOGIN bo secret\r\ns SELECT INBOX\r\n")
print([line for line in iter(c.line, "s OK [READ-WRITE] Selected") if line.startswith(("u NO", "l NO"))])
print(c.subject())
# One seat is all there is: another connection has it once it is free.
other = Talk()
print(other.say("a LOGIN bo secret"))
c.say("a UNAUTHENTICATE")
other = Talk()
print(other.say("a LOGIN bo secret")[:4])
# Compressed, and then not.
c.say("a LOGIN al secret")
if c.say("a COMPRESS DEFLATE").startswith("a OK"):
    c.out, c.into = zlib.compressobj(6, zlib.DEFLATED, -15), zlib.decompressobj(-15)
    print(c.say("a SELECT INBOX"))
    c.say("a UNAUTHENTICATE")
    c.out = c.into = None
print(c.say("a LOGIN al secret")[:4], c.say("a LOGOUT"))
END

# shellcheck disable=SC2086 # words
run()
{
	t_conf $common mail_max_userip_connections=1 imap_compress=yes "$@"
	chmod 644 "$LETTERBOX_CONF"
	python3 "$T/talk.py" $as "$LETTERBOX" imapd -o "$*" 2>&1
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
