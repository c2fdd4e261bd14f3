#!/bin/sh
# SPDX-License-Identifier: ISC
#
# maildir.sh - a Maildir goes to and fro between libmail/store and Dovecot: UIDs, sizes, flags, keywords and UIDLs are the
# same for both, the uidvalidity stays, and Dovecot's log has no complaint. Only for use inside tests/support/peer.
. "${0%/*}/../support/lib.sh"
. "${0%/*}/../support/dovecot.sh"

t_init
CTL=${LETTERBOX%/*}/tests/interop/mailboxctl
USER_NAME=dovecot-test
U=$T/user
M=$U/Maildir
useradd -r "$USER_NAME" 2>/dev/null
mkdir -p "$M/cur" "$M/new" "$M/tmp"
chmod 755 "$T"

conf()
{
	dovecot_conf_alone "$T" "$USER_NAME" "maildir:$M" "pop3_uidl_format = $1"
}

# dovecot PROTOCOL: its server for a user who has logged in, with a dialogue on standard input; without CR
dovecot()
{
	chown -R "$USER_NAME" "$U" "$T/run" "$T/state"
	touch "$T/dovecot.log"
	chown "$USER_NAME" "$T/dovecot.log"
	# It wants a socket.
	python3 -c '
import os, pwd, socket, subprocess, sys
who = pwd.getpwnam(sys.argv[1])
ours, its = socket.socketpair()
def become():
    os.setgroups([]); os.setgid(who.pw_gid); os.setuid(who.pw_uid)
server = subprocess.Popen(["/usr/lib/dovecot/" + sys.argv[2], "-c", sys.argv[3]], stdin=its, stdout=its,
    env={"USER": sys.argv[1], "HOME": sys.argv[4], "PATH": "/usr/bin:/bin"}, preexec_fn=become)
its.close()
ours.sendall(sys.stdin.buffer.read().replace(b"\n", b"\r\n"))
while True:
    got = ours.recv(65536)
    if not got:
        break
    sys.stdout.buffer.write(got.replace(b"\r", b""))
server.wait()
' "$USER_NAME" "$1" "$T/dovecot.conf" "$U"
}

ours()
{
	setpriv --reuid="$USER_NAME" --regid="$(id -g "$USER_NAME")" --clear-groups "$CTL" "$M" "$@"
}

# add NAME: a message
add()
{
	printf 'From: a@b.example\nSubject: %s\n\nbody of\n%s\n' "$1" "$1" >"$M/$1"
	chown -R "$USER_NAME" "$M"
}

# As Dovecot sees it: "uid size flags"
by_dovecot()
{
	printf 'a SELECT INBOX\nb UID FETCH 1:* (FLAGS RFC822.SIZE)\nc LOGOUT\n' | dovecot imap |
		sed -n 's/^\* [0-9]* FETCH (UID \([0-9]*\) FLAGS (\(.*\)) RFC822.SIZE \([0-9]*\))$/\1 \3 \2/p' |
		sed -e 's/\\Recent//g' -e 's/\\Answered/R/' -e 's/\\Flagged/F/' -e 's/\\Seen/S/' -e 's/\\Draft/D/' |
		awk '{ flags = ""; n = split("D F R S", all, " "); for (i = 1; i <= n; i++) for (k = 3; k <= NF; k++) if ($k == all[i]) flags = flags $k
			for (k = 3; k <= NF; k++) if ($k !~ /^[DFRS]$/) flags = flags " " $k; print $1, $2, flags }'
}
by_us()
{
	ours list | sed -n 's/^\([0-9]*\) \([0-9]*\) (\(.*\)) .*$/\1 \2 \3/p'
}
same()
{
	by_dovecot | sed 's/ *$//' >"$T/dovecot"
	by_us | sed 's/ *$//' >"$T/ours"
	t_same "$T/ours" "$T/dovecot" "$1"
}

conf %08Xu%08Xv
for name in cur/1700000003.M5P1.h:2,S "cur/1700000003.M10P1.h:2," new/1700000003.M010P0.h cur/99.h:2,FR new/abc \
	new/1700000002.R9Q.h,S=102,W=107 "cur/1700000002.R9P.h:2,"; do
	add "$name"
done
cp -a "$M" "$T/copy"
by_dovecot >/dev/null
awk 'NR > 1' "$M/dovecot-uidlist" | sed 's/^\([0-9]*\) .*:/\1 /' >"$T/first"
mv "$M" "$T/dovecots"
mv "$T/copy" "$M"
ours list >/dev/null
awk 'NR > 1' "$M/dovecot-uidlist" | sed 's/^\([0-9]*\) .*:/\1 /' >"$T/second"
t_same "$T/second" "$T/first" 'new messages get their UIDs in the same order'
rm -rf "$M"
mv "$T/dovecots" "$M"
rm -f "$M/letterbox.cache"

validity=$(ours list | sed 's/ .*//;q')
same 'what Dovecot has numbered'
printf 'a SELECT INBOX\nb UID STORE 1:3 +FLAGS (\\Flagged $Work other)\nc LOGOUT\n' | dovecot imap >/dev/null
same 'flags and keywords that Dovecot has set'
ours set 4 S
ours keyword 5 other
ours keyword 5 '$Ours'
same 'flags and keywords that we have set'
add new/1800000001.h
add new/1800000000.h
ours list >/dev/null
same 'messages that we have numbered'
add new/1800000002.h
same 'and Dovecot then'
ours remove 2
add new/1800000003.h
ours move >/dev/null
same 'one removed, one new, moved out of new/'
printf 'a SELECT INBOX\nb UID STORE 3:4 +FLAGS (\\Deleted)\nc EXPUNGE\nd LOGOUT\n' | dovecot imap >/dev/null
same 'two that Dovecot has removed'
rm -f "$M"/dovecot.index* "$M/letterbox.cache"
same 'without anybody'\''s cache'
t_is "$(ours list | sed 's/ .*//;q')" "$validity" 'the uidvalidity is what it was'

add "new/1800000004.M1P1.a-host-whose-name-makes-unique-ids-longer-than-seventy-octets.example"
for format in %08Xu%08Xv %v.%u %Xu-%Xv %g %f %Lf %ULf %LUg '%04u+%v' %01u %010f %20f-%u; do
	conf "$format"
	printf 'UIDL\nQUIT\n' | dovecot pop3 | awk '/^\+OK/ { next } /^\./ { exit } { print }' >"$T/dovecot"
	ours uidl "$format" >"$T/ours"
	t_same "$T/ours" "$T/dovecot" "UIDL by $format"
done
printf 'LIST\nQUIT\n' | dovecot pop3 | awk '/^\+OK/ { next } /^\./ { exit } { print $2 }' >"$T/dovecot"
by_us | awk '{ print $2 }' >"$T/ours"
t_same "$T/ours" "$T/dovecot" 'sizes by POP3'
t_is "$(grep -iE 'error|warn|panic|duplicate|corrupt|broken|renumber' "$T/dovecot.log")" '' 'nothing to complain about in its log'
t_done
