#!/bin/sh
# SPDX-License-Identifier: ISC
#
# --wait, --json, --lint, -v: what a script is told.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf delivery_mode=queue
printf 'Subject: x\n\nhello\n' >"$T/message"

t_expect_exit 0 sendmail --wait=queued x@far.example al <"$T/message"
t_is "$(sed 's/ as .*//' "$T/out" | tr '\n' ' ')" 'x@far.example... queued al@test.example... queued ' '--wait=queued: queued'
t_is "$(sed -n '1s/.* as //p' "$T/out")" "$(ls "$SPOOL/new")" '--wait=queued: the id is the queue file'
t_expect_exit 0 sendmail --wait=queued al <"$T/message"
t_like "$(cat "$T/out")" '^al@test\.example\.\.\. delivered as ' '--wait=queued: what is delivered already'
t_expect_exit 0 sendmail --wait=delivered --json al bo <"$T/message"
t_is "$(sed 's/"queue_id":"[0-9A-Z]*",//' "$T/out")" '{"address":"al@test.example","state":"delivered","status":"2.0.0","reply":"delivered to maildir:'"$T"'/home/al/Maildir"}
{"address":"bo@test.example","state":"delivered","status":"2.0.0","reply":"delivered to maildir:'"$T"'/home/bo/Maildir"}' '--json: one object a line'
sed 's/"queue_id":"[0-9A-Z]*",//' "$T/out" >"$T/direct"
t_conf
t_expect_exit 0 sendmail --wait=delivered --json -f '<>' -N success al bo <"$T/message"
t_is "$(sed 's/"queue_id":"[0-9A-Z]*",//' "$T/out")" "$(cat "$T/direct")" '--json: the same by way of the queue'
t_expect_exit 0 sendmail --wait=queued --json al <"$T/message"
t_like "$(cat "$T/out")" '"state":"delivered","status":"2\.0\.0"' '--json: --wait=queued says it, too'
t_conf delivery_mode=queue

rm -f "$SPOOL"/new/*
t_expect_exit 75 sendmail --wait=delivered --timeout 1 x@far.example <"$T/message"
t_like "$(cat "$T/out")" '^x@far\.example\.\.\. queued as' '--timeout: it is still in the queue, and that is said'
t_is "$(t_queue_count)" 1 '--timeout: and so it is'

printf 'To: al\nBcc: bo\nFrom: root (Cron Daemon)\n\nMünchen\n' >"$T/in"
t_expect_exit 0 sendmail --lint <"$T/in"
t_like "$(cat "$T/out")" 'Date' '--lint: tells of the Date that it would add'
t_like "$(cat "$T/out")" 'Bcc' '--lint: and of the Bcc that it would remove'
t_expect_exit 0 sendmail --lint -v -t <"$T/in"
t_like "$(cat "$T/out")" '^From: root@test\.example \(Cron Daemon\)' '--lint -v: the message as it would be'
t_is "$(t_queue_count) $(t_mail_count bo)" '1 2' '--lint: nothing is sent'

t_expect_exit 0 sendmail -v al bo <"$T/message"
t_is "$(sed 's/ as .*//' "$T/out" | tr '\n' ' ')" 'al@test.example... Sent bo@test.example... Sent ' '-v: local delivery'

# To a server: the dialogue, and what it said.
t_start_smtpd || t_done
rm -f "$SPOOL"/new/*
t_conf "relayhost=[127.0.0.1]:$SMTP_PORT" mydestination=nothing.example 'mynetworks=127.0.0.0/8' delivery_mode=background \
	"queue_directory=$T/spool2"
before=$(t_mail_count al)
t_expect_exit 0 sendmail -v -f bo@test.example al@test.example <"$T/message"
t_is "$(sed -n '1p' "$T/out")" "al@test.example... Connecting to 127.0.0.1 port $SMTP_PORT via esmtp..." '-v: who is called'
for line in '^220 test\.example' '^>>> EHLO test\.example$' '^250-PIPELINING' '^>>> MAIL FROM:<bo@test\.example>' \
	'^>>> RCPT TO:<al@test\.example>' '^>>> DATA$' '^354 ' '^>>> \.$' '^250 2\.0\.0 Ok: queued as' \
	'^al@test\.example\.\.\. Sent \(2\.0\.0 Ok: queued as [0-9A-Z]+\)$' "^Closing connection to" '^>>> QUIT$' '^221 '; do
	t_like "$(cat "$T/out")" "$line" "-v: $line"
done
t_is "$(find "$T/spool2" -name '*[0-9A-Z]' -type f)" '' '-v: nothing is left in the queue'
t_is "$(t_mail_count al)" "$((before + 1))" '-v: and it arrived'

t_expect_exit 0 sendmail --wait=delivered --timeout 20 -f bo@test.example al@test.example <"$T/message"
t_like "$(cat "$T/out")" '^al@test\.example\.\.\. delivered \(.*Ok' '--wait=delivered: what the server said'
t_expect_exit 67 sendmail --wait=delivered --timeout 20 --json -f bo@test.example al@test.example nosuch@test.example <"$T/message"
t_like "$(cat "$T/out")" '"address":"nosuch@test\.example","state":"failed","status":"5\.1\.1","reply":".*user' \
	'--wait=delivered: a failure, with its code and reply'
t_like "$(cat "$T/out")" '"address":"al@test\.example","state":"delivered"' '--wait=delivered: for each recipient'
t_done
