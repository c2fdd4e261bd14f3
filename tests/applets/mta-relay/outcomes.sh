#!/bin/sh
# SPDX-License-Identifier: ISC
#
# mta-relay --once: what is sent, put off and returned, and what is written down of it.
# shellcheck disable=SC2154 # t_pid is set there
. "${0%/*}/../../support/lib.sh"
t_init
mkdir "$T/taken"
t_start sink "${LETTERBOX%/*}/tests/bench/sink" --save "$T/taken"
sink=$t_pid
t_port sink || t_done
t_conf delivery_mode=queue "relayhost=[127.0.0.1]:$PORT"

# queue SENDER RECIPIENT...: the message in $T/message, its id in ID.
queue()
{
	sender=$1
	shift
	sendmail -i -f "$sender" "$@" <"$T/message" || t_fail "it is queued"
	ID=$(find "$SPOOL/new" -type f -printf '%f\n' | sort | tail -n 1)
}

text()
{
	printf 'Subject: %s\n\nbody of %s\n' "$1" "$1" >"$T/message"
}

# taken: the messages that the server was given.
taken()
{
	find "$T/taken" -type f ! -name '*.envelope' -exec cat {} +
}

# make_due: deferred messages are tried by the next run.
make_due()
{
	find "$SPOOL/deferred" -type f -exec touch -d '1 minute ago' {} +
}

# ---- sent

text one
queue al@test.example "a@far.example" bo@test.example
t_is "$(mta-relay --next)" 0 'a new message is due at once'
t_expect_exit 0 mta-relay --once --foreground
t_like "$(cat "$T/err")" "^mta-relay: $ID: to=<a@far.example>, relay=127.0.0.1\[127.0.0.1\], delay=[0-9.]+, dsn=2\.[0-9.]+, status=sent \(250 " \
	'the log line has the form of Postfix'
t_like "$(cat "$T/err")" "^mta-relay: $ID: to=<bo@test.example>, relay=local, .* status=sent \(delivered to maildir:" 'and one for the mailbox'
t_is "$(t_queue_count)" 0 'the queue is empty'
t_is "$(t_mail_count bo)" 1 'bo has it'
t_is "$(sed 's/ SIZE=.*//' "$T"/taken/*.envelope)" 'MAIL FROM:<al@test.example>
RCPT TO:<a@far.example>' 'the server has the envelope'
t_like "$(taken)" '^body of one' 'and the message'
t_expect_exit 69 mta-relay --next
t_is "$(cat "$T/out")" '' 'with an empty queue there is no next attempt'
rm -f "$T"/taken/*

# What has been taken for the end of a message, from submission to the wire (the sink counts bare CR and LF).
printf 'Subject: x\n\n.\na\r.\r\n.\r\nMAIL FROM:<evil@x>\r\r\n.\nFrom y\n..\nend' >"$T/message"
queue al@test.example a@far.example
t_relay
t_is "$(find "$T/taken" -type f ! -name '*.envelope' | wc -l)" 1 'one message arrives'
taken | tr -d '\r' | tail -n 8 >"$T/got"
printf '.\na .\n.\nMAIL FROM:<evil@x> \n.\nFrom y\n..\nend\n' >"$T/want"
t_same "$T/got" "$T/want" 'with its dots, and without its bare CRs'
rm -f "$T"/taken/*

# ---- put off

text two
queue al@test.example defer@far.example b@far.example
t_run mta-relay --once --json
t_is "$STATUS" 0 'that something is put off is no failure of the relay'
t_like "$(cat "$T/out")" "^\{\"id\":\"$ID\",\"sender\":\"al@test.example\",\"recipient\":\"defer@far.example\",\"original\":\"defer@far.example\",\"status\":\"deferred\",\"reply\":451,\"dsn\":\"4.2.0\",\"relay\":\"127.0.0.1\[127.0.0.1\]\",\"text\":\"Not now\"\}$" \
	'--json has an object for it'
t_is "$(grep -c '"status":"sent"' "$T/out")" 1 'and one for the other'
t_is "$(sed -n 's/^rcpt \(.\) .*/\1/p' "$SPOOL/deferred/$ID" | tr '\n' ' ')" 'Q D ' 'the states are in the queue file'
t_like "$(cat "$SPOOL/deferred/$ID")" '^log [0-9]+ Q 4\.2\.0 0 host 127\.0\.0\.1\[127\.0\.0\.1\] said: Not now$' 'and a line of the journal'
next=$(mta-relay --next)
t_ok "the next attempt is due in $next s"
if [ "$next" -lt 290 ] || [ "$next" -gt 300 ]; then t_fail 'that is minimal_backoff_time'; fi
t_like "$(mailq)" '4\.2\.0 host 127\.0\.0\.1\[127\.0\.0\.1\] said: Not now' 'mailq shows why'
mta-relay --once --json >"$T/out" 2>"$T/err"
t_is "$(cat "$T/out")" '' 'what is not due is not tried'
mta-relay --once --all --json >"$T/out" 2>"$T/err"
t_is "$(grep -c defer@ "$T/out")" 1 '--all tries it, and only who has not got it'
t_is "$(grep -c b@ "$T/out")" 0 'not the other'
mta-relay --json "$ID" >"$T/out" 2>"$T/err"
t_is "$(grep -c deferred "$T/out")" 1 'as does its id'
mta-relay --once -v --all >"$T/out" 2>"$T/err"
t_like "$(cat "$T/out")" '^>>> RCPT TO:<defer@far\.example>' '-v shows what is said'
t_like "$(cat "$T/out")" '^451 4\.2\.0 Not now$' 'and what is answered'
t_like "$(cat "$T/out")" '^defer@far.example\.\.\. Connecting to 127\.0\.0\.1 port [0-9]+ via esmtp\.\.\.$' 'where'
t_like "$(cat "$T/out")" '^defer@far.example\.\.\. Deferred \(Not now\)$' 'and what comes of it'

# It is old, but what counts is for how long it has been tried.
sed "s/^arrived ....\(.*\)/arrived 1000\1/" "$SPOOL/deferred/$ID" >"$T/old" && cat "$T/old" >"$SPOOL/deferred/$ID"
make_due
t_relay
t_is "$(t_queue_count)" 1 'a machine that was off tries before it gives up'
now=$(date +%s)
for days in 7 6 5 4 3 2 1; do
	echo "log $((now - days * 86400)) Q 4.4.1 0 not yet" >>"$SPOOL/deferred/$ID"
done
make_due
t_relay
t_is "$(t_queue_count)" 0 'after maximal_queue_lifetime it is given up'
t_like "$(t_newest al)" '^Final-Recipient: rfc822; defer@far.example' 'and returned'
t_unlike "$(t_newest al)" '^Final-Recipient: rfc822; b@far.example' 'not for who has got it'

# ---- returned

rm -rf "$T/home/al/Maildir"
text three
queue al@test.example reject@far.example rejected@far.example c@far.example
t_run mta-relay --once --json
t_is "$(grep -c '"status":"bounced"' "$T/out")" 2 'two are refused'
t_is "$(t_mail_count al)" 1 'one report, in the same run'
t_newest al >"$T/report"
for line in 'Return-Path: <>' 'From: Mail Delivery System <MAILER-DAEMON@test.example>' 'Auto-Submitted: auto-replied' \
	'Reporting-MTA: dns; test.example' "X-Letterbox-Queue-ID: $ID" 'Final-Recipient: rfc822; reject@far.example' \
	'Final-Recipient: rfc822; rejected@far.example' 'Action: failed' 'Status: 5.1.1' 'Remote-MTA: dns; 127.0.0.1' \
	'Diagnostic-Code: smtp; 550 5.1.1 There is no such user' 'Content-Type: message/rfc822' 'body of three'; do
	if grep -qxF -e "$line" "$T/report"; then t_ok "the report has \"$line\""; else t_fail "the report has \"$line\""; t_note <"$T/report"; fi
done
t_unlike "$(cat "$T/report")" 'c@far' 'and nothing of who has got it'

text quiet
queue al@test.example -N never reject@far.example
t_relay
t_is "$(t_mail_count al) $(t_queue_count)" '1 0' 'NOTIFY=NEVER: nobody is told'
text loud
queue al@test.example -N success,failure d@far.example bo@test.example
t_relay
t_like "$(t_mail al | xargs cat)" '^Action: (relayed|delivered)$' 'NOTIFY=SUCCESS: the sender is told'
t_like "$(t_mail al | xargs cat)" '^Final-Recipient: rfc822; bo@test.example$' 'of the mailbox too'
text hdrs
queue al@test.example -R hdrs reject@far.example
t_relay
t_unlike "$(t_newest al)" 'body of hdrs' 'RET=HDRS: the header comes back, not the text'

# A bounce that fails is not answered with another one, and not lost.
text four
queue reject@far.example reject@far.example
t_relay
t_is "$(t_queue_count)" 0 'no bounce of a bounce'
t_is "$(find "$SPOOL/dead/new" -type f | wc -l)" 1 'it is a dead letter'
t_like "$(cat "$SPOOL"/dead/new/*)" 'body of four' 'with all that was to be said'
text five
queue '<>' reject@far.example
t_relay
t_is "$(find "$SPOOL/dead/new" -type f | wc -l)" 2 'nor is what has no sender'

# ---- damage

text six
queue al@test.example e@far.example
good=$ID
text seven
queue al@test.example f@far.example
head -c 40 "$SPOOL/new/$ID" >"$T/cut" && cat "$T/cut" >"$SPOOL/new/$ID"
ln -s /etc/passwd "$SPOOL/new/0000000000000000"
t_run mta-relay --once --json --foreground
t_is "$STATUS" 0 'a damaged message does not stop the relay'
t_like "$(cat "$T/out")" "\"id\":\"$good\".*\"status\":\"sent\"" 'the others go'
t_like "$(cat "$T/err")" "warning: $ID: damaged " 'it is reported'
t_is "$(ls "$SPOOL/corrupt" | tr '\n' ' ')" "0000000000000000 $ID " 'and set aside'

# ---- the command line

t_expect_exit 64 mta-relay nonsense
t_like "$(cat "$T/err")" '"nonsense" is not a queue id' 'what is no id'
t_expect_exit 64 mta-relay --nonsense
t_expect_exit 0 mta-relay 0123456789ABCDEF
t_expect_exit 69 mta-relay --kick
t_like "$(cat "$T/err")" 'no relay is running' 'nobody to kick'
t_conf "relayhost=[127.0.0.1"
t_run mta-relay --once
t_like "$STATUS $(cat "$T/err")" '^[1-9][0-9]* mta-relay: .*letterbox\.conf:[0-9]+: relayhost: "\[127\.0\.0\.1": ' 'a wrong parameter is named'
t_stop "$sink"
t_unlike "$(cat "$T/sink.log")" ' bare=[1-9]' 'no bare CR or LF has left'
t_done
