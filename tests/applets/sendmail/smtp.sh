#!/bin/sh
# SPDX-License-Identifier: ISC
#
# -bs, -bS and rmail.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf delivery_mode=queue

# crlf: standard input with the line ends of SMTP
crlf()
{
	sed "s/\$/$(printf '\r')/"
}

crlf >"$T/in" <<-'END'
	EHLO vm
	MAIL FROM:<al>
	RCPT TO:<nosuch>
	RCPT TO:<bo>
	RCPT TO:<x@far.example>
	DATA
	Subject: first
	To: bo
	Bcc: carla

	..one dot
	.
	RSET
	MAIL FROM:<> SIZE=10 BODY=8BITMIME
	RCPT TO:<carla> NOTIFY=NEVER
	DATA

	no header
	.
	VRFY al
	QUIT
	MAIL FROM:<never>
END
t_expect_exit 0 sendmail -bs <"$T/in"
t_is "$(tr -d '\r' <"$T/out" | cut -c1-4 | grep -v '250-' | tr -d '\n')" \
	'220 250 250 550 250 250 354 250 250 250 250 354 250 252 221 ' '-bs: the dialogue'
t_is "$(t_queue_count)" 1 'one message has a recipient elsewhere: queued'
t_is "$(t_mail_count carla)" 1 'the other is delivered'
t_like "$(cat "$SPOOL"/new/*)" '^To: bo@test\.example' '-bs: the header is repaired'
t_like "$(cat "$SPOOL"/new/*)" '^Message-ID: <' '-bs: and completed'
t_is "$(cat "$SPOOL"/new/* | grep -c '^Bcc')" 0 '-bs: Bcc is removed'
t_is "$(cat "$SPOOL"/new/* | sed -n 's/^\.\(.*\)/dot \1/p')" 'dot one dot' '-bs: one dot is taken away'
t_like "$(t_newest carla)" '^Received: by test\.example .*userid|^Received: from vm' '-bs: says where it came from'
t_like "$(t_newest carla | sed '1,/^$/d')" '^no header$' '-bs: an empty header is completed'

printf 'MAIL FROM:<al>\r\nRCPT TO:<bo>\r\nDATA\r\nSubject: cut\r\n\r\nhalf' >"$T/in"
before=$(t_mail_count bo)
sendmail -bs <"$T/in" >"$T/out"
t_is "$(t_mail_count bo)" "$before" '-bs: a message that is cut off is no message'
printf 'EHLO vm\r\nMAIL FROM:<al>\r\nRCPT TO:<bo>\r\nDATA\r\nSubject: x\n\nx\n.\nMAIL FROM:<evil>\nRCPT TO:<bo>\nDATA\nevil\n.\r\nstill\r\n.\r\nQUIT\r\n' >"$T/in"
sendmail -bs <"$T/in" >"$T/out"
t_is "$(t_mail_count bo)" $((before + 1)) '-bs: nothing is smuggled by bare LF'
if command -v bash >/dev/null; then
	t_like "$(printf '%s\n' 'EHLO vm' 'QUIT' | sed 's/$/\r/' | (while IFS= read -r line; do printf '%s\n' "$line"; sleep 0.05; done) | sendmail -bs)" \
		'^221 ' '-bs: commands come one by one'
fi

# Batch SMTP, in files with LF.
rm -f "$SPOOL"/new/*
cat >"$T/batch" <<-'END'
	HELO host.uucp
	MAIL FROM:<al@far.example>
	RCPT TO:<bo@test.example>
	DATA
	Subject: batch one

	..hello
	.
	MAIL FROM:<>
	RCPT TO:<carla>
	DATA
	Subject: batch two

	hello
	.
	QUIT
END
bo=$(t_mail_count bo)
carla=$(t_mail_count carla)
t_expect_exit 0 sendmail -bS <"$T/batch"
t_is "$(cat "$T/out" "$T/err")" '' '-bS: says nothing when all is well'
t_is "$(t_mail_count bo) $(t_mail_count carla)" "$((bo + 1)) $((carla + 1))" '-bS: both are delivered'
t_is "$(t_newest bo | tail -n 1)" '.hello' '-bS: dots are as on the wire'
crlf <"$T/batch" >"$T/in"
t_expect_exit 0 sendmail -bS <"$T/in"
t_is "$(t_mail_count bo)" "$((bo + 2))" '-bS: CRLF will do, too'
printf 'MAIL FROM:<al>\nRCPT TO:<nosuch>\nRCPT TO:<bo>\nDATA\n\nx\n.\n' >"$T/in"
t_expect_exit 67 sendmail -bS <"$T/in"
t_like "$(cat "$T/err")" 'nosuch' '-bS: who is refused is named'
t_is "$(t_mail_count bo)" "$((bo + 3))" '-bS: the others get it'
printf 'MAIL FROM:<al>\nRCPT TO:<bo>\nDATA\n\nx\n' >"$T/in"
t_expect_exit 65 sendmail -bS <"$T/in"
t_is "$(t_mail_count bo)" "$((bo + 3))" '-bS: a message that is cut off is no message'

# rmail
cat >"$T/uucp" <<-'END'
	From hosta!al Sat Nov 22 05:41:00 1997 remote from hostb
	>From al Sat Nov 22 05:40:00 1997 remote from hosta
	Subject: uucp

	hello
	.
	behind the dot
END
NAME=Somebody t_expect_exit 0 rmail bo <"$T/uucp"
t_is "$(t_newest bo | sed -n 's/^Return-Path: //p')" '<hosta!al@hostb>' 'rmail: the sender is the path'
t_is "$(t_newest bo | grep -c 'behind the dot')" 1 'rmail: a dot ends nothing'
t_is "$(t_newest bo | grep -c '^>*From ')" 0 'rmail: the From lines are gone'
t_is "$(t_newest bo | sed -n 's/^From: //p')" 'hosta!al@hostb' 'rmail: a From that is added has not the name of who runs it'
t_expect_exit 0 rmail '(bo@test.example)' test.example!bo <"$T/uucp"
printf 'From al Sat Nov 22 05:40:00 1997\nSubject: x\n\nhello\n' >"$T/in"
t_expect_exit 0 rmail hostc!hostd!bo <"$T/in"
t_like "$(cat "$SPOOL"/new/*)" '^rcpt Q <hostd!bo@hostc>' 'rmail: a path in a recipient is an address there'
{ i=0; while [ $i -lt 101 ]; do echo 'From al Sat Nov 22 05:40:00 1997 remote from h'; i=$((i + 1)); done; } >"$T/in"
t_expect_exit 65 rmail bo <"$T/in"
{ printf 'From '; head -c 1048576 /dev/zero | tr '\0' x; printf '\n\nhello\n'; } >"$T/in"
t_expect_exit 65 rmail bo <"$T/in"
t_done
