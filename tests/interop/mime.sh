#!/bin/sh
# SPDX-License-Identifier: ISC
#
# mime.sh - what mimepack makes, as mutt, s-nail, Dovecot, reformime, munpack, ripmime and mblaze read it: its structure, its text,
# and attachments byte for byte. And makemime and mpack beside the commands of that name. Only for use inside
# tests/support/peer.
. "${0%/*}/../support/lib.sh"
t_init
REAL=$(command -p env PATH="$(echo "$PATH" | sed "s|$LETTERBOX_BIN:||")" sh -c 'command -v makemime')
REAL=${REAL%/*}
cd "$T" || exit 1

printf 'Grüße,\nhere it is: a < b.\n.\nFrom here on it ends.\n' >text
printf '<p>Grüße, <b>here</b> it is. <img src="cid:logo.png@mimepack"></p>\n' >page.html
printf '\211PNG\r\n\032\n picture' >logo.png
head -c 70000 /dev/urandom >data.bin
cp data.bin 'Übersicht, 2. "Fassung".bin'
printf 'From: inner@b.example\nSubject: inner\n\nwithin\n' >inner.eml
mimepack --from 'José <jose@a.example>' --to 'Jörg <j@b.example>' --subject 'Größe und 100 € =?x?=' --date @0 \
	--message-id '<1@a.example>' --html page.html --inline logo.png --attach 'Übersicht, 2. "Fassung".bin' \
	--message inner.eml --output message <text
t_is "$?" 0 'a message with everything is made'
{ printf 'From jose@a.example Thu Jan  1 00:00:00 1970\n'; cat message; echo; } >box
mkdir -p Maildir/cur Maildir/new Maildir/tmp
cp message Maildir/cur/1.1.host:2,

export LC_ALL=C.UTF-8

# Python
"$TOP/tests/support/structure.py" message leaves >tree
t_is "$(grep -c DEFECT tree)" 0 'Python: no defect'
t_same leaves/1 text 'Python: the text'
t_same leaves/4 data.bin 'Python: the attachment'
t_is "$(python3 -c '
import email, email.policy
m = email.message_from_binary_file(open("message", "rb"), policy=email.policy.default)
print(m["subject"], "|", m["from"], "|", m["to"])')" 'Größe und 100 € =?x?= | José <jose@a.example> | Jörg <j@b.example>' \
	'Python: the header'

# mutt wants a terminal.
cat >muttrc <<END
set sendmail="/bin/false"
set charset=utf-8
set folder="$T"
set wait_key=no
set pipe_decode=yes
set pager_stop=yes
push "<display-message>|cat >$T/mutt.text<enter>v<last-entry><previous-entry><previous-entry>|cat >$T/mutt.data<enter>qqx"
END
timeout 30 python3 -c '
import os, pty, sys
def read(fd):
    return os.read(fd, 4096)
pty.spawn(["mutt", "-n", "-R", "-F", sys.argv[1], "-f", sys.argv[2]], read, lambda fd: b"")' "$T/muttrc" "$T/box" >mutt.screen 2>&1
t_like "$(cat mutt.text 2>&1)" '^Subject: Größe und 100 € =\?x\?=$' 'mutt: the subject'
t_like "$(cat mutt.text 2>&1)" '^From here on it ends\.$' 'mutt: the text'
t_like "$(cat mutt.text 2>&1)" 'within$' 'mutt: the message within'
t_is "$(cmp mutt.data data.bin 2>&1 && echo same)" same 'mutt: the attachment'

# s-nail
s-nail -:/ -S v15-compat -S ttycharset=utf-8 -S crt=0 -Y 'type 1' -Y x -R -f box </dev/null >s-nail.text 2>&1
t_like "$(cat s-nail.text)" '^Subject: Größe und 100 € =\?x\?= *$' 's-nail: the subject'
t_like "$(cat s-nail.text)" '^Grüße, *$' 's-nail: the text'
t_like "$(cat s-nail.text)" '^within *$' 's-nail: the message within'

# Dovecot, which does nothing as root.
cat >dovecot.conf <<END
protocols =
base_dir = $T/run
state_dir = $T/state
log_path = $T/dovecot.log
ssl = no
mail_location = maildir:$T/Maildir
first_valid_uid = 1
default_internal_user = nobody
default_login_user = nobody
END
mkdir -p run state
touch dovecot.log
[ "$(id -u)" -ne 0 ] || chown -R 65534 Maildir run state dovecot.log
fetched() {
	USER=nobody HOME=$T t_nobody doveadm -c dovecot.conf fetch "$1" mailbox INBOX 2>&1
}
t_is "$(fetched imap.bodystructure | sed 's/^imap.bodystructure: //' | tr ' ()' '\n' |
	grep -E '^"(text|image|application|message|multipart|plain|html|png|octet-stream|rfc822|alternative|related|mixed)"$' |
	tr -d '\n')" '"text""plain""text""html""image""png""related""alternative""application""octet-stream""message""rfc822""text""plain""mixed"' \
	'Dovecot: the structure'
t_like "$(fetched body.snippet)" 'Grüße, here it is' 'Dovecot: the text'

# Those that take files out.
mkdir un && (cd un && munpack -q -f ../message >/dev/null 2>&1)
t_is "$(for file in un/*; do cmp -s "$file" data.bin && echo same; done)" same 'munpack: the attachment'
mkdir rip && ripmime -i message -d rip >/dev/null 2>&1
t_is "$(for file in rip/*; do cmp -s "$file" data.bin && echo same; done)" same 'ripmime: the attachment'
"$REAL/reformime" -s 1.2 -e <message >ref.data 2>/dev/null
t_is "$(cmp ref.data data.bin 2>&1 && echo same)" same 'reformime: the attachment'
t_is "$("$REAL/reformime" <message | tr '\n' ' ')" '1 1.1 1.1.1 1.1.2 1.1.2.1 1.1.2.2 1.2 1.3 1.3.1 ' 'reformime: the structure'
mkdir mb && (cd mb && mshow -x ../message >/dev/null 2>&1)
t_is "$(for file in mb/*; do cmp -s "$file" data.bin && echo same; done)" same 'mblaze: the attachment'
t_like "$(mshow ./message 2>/dev/null)" '^Grüße,$' 'mblaze: the text'

# makemime beside maildrop's: the same arguments give the same message, as Python reads it.
tree() {
	rm -rf leaves
	"$TOP/tests/support/structure.py" "$1" leaves | sed 's/ charset=[^ ]*//; s/ 8bit / - /; s/ 7bit/ -/; s/ 8bit$/ -/'
	cat leaves/* 2>/dev/null | sha256sum
}
same_makemime() {
	"$REAL/makemime" "$@" >real
	t_run "$LETTERBOX_BIN/makemime" "$@"
	cp out ours
	t_is "$(tree ours)" "$(tree real)" "makemime $*"
}
printf 'plain\n' >msg.txt
same_makemime -c text/plain msg.txt
same_makemime -c text/plain page.html
same_makemime -c text/plain -e base64 text
same_makemime -c text/plain -e quoted-printable -C utf-8 text
same_makemime -c auto msg.txt
same_makemime -c auto data.bin
same_makemime -c application/octet-stream -N data.bin -e base64 data.bin
same_makemime -c 'image/png; x=y' -a 'Content-Disposition: attachment; filename="a b.png"' -e base64 logo.png
same_makemime -c message/rfc822 inner.eml
same_makemime -m multipart/mixed \( -c text/plain msg.txt \)
same_makemime -j \( -m multipart/mixed -a 'Mime-Version: 1.0' \( -j \( -m multipart/alternative \( -c text/plain msg.txt \) \) \
	\( -c text/html page.html \) \) \) \( -c application/octet-stream -e base64 data.bin \)
printf '%s\n' -j '(' -m multipart/mixed '(' -c text/plain msg.txt ')' ')' '(' -c text/html page.html ')' >options
same_makemime @options
"$REAL/makemime" -m multipart/mixed -a 'Mime-Version: 1.0' -o real.one \( -c text/plain msg.txt \)
makemime -j real.one -o both \( -c text/html page.html \)
t_is "$("$REAL/reformime" <both | tr '\n' ' ')" '1 1.1 1.2 ' "a part joined to maildrop's multipart"
makemime -m multipart/mixed -a 'Mime-Version: 1.0' -o our.one \( -c text/plain msg.txt \)
"$REAL/makemime" -j our.one -o both \( -c text/html page.html \)
t_is "$("$REAL/reformime" <both | tr '\n' ' ')" '1 1.1 1.2 ' "and maildrop joins to ours"

# mpack beside its model.
for options in '' '-a' '-d msg.txt' '-c image/x-test' '-a -c audio/x-test -d msg.txt'; do
	rm -f real ours
	# shellcheck disable=SC2086 # words
	{
		"$REAL/mpack" -s 'a subject' $options -o real data.bin
		mpack -s 'a subject' $options -o ours data.bin
	} 2>err
	rm -rf leaves
	t_is "$("$TOP/tests/support/structure.py" ours leaves | sed 's/ name=[^ ]*//; s/ charset=[^ ]*//') $(cat leaves/* | sha256sum)" \
		"$("$TOP/tests/support/structure.py" real leaves | sed 's/ name=[^ ]*//; s/ charset=[^ ]*//') $(cat leaves/* | sha256sum)" \
		"mpack $options"
done
rm -rf un && mkdir un && (cd un && munpack -q -f ../ours >/dev/null 2>&1)
t_same un/data.bin data.bin 'munpack reads what mpack makes'
t_done
