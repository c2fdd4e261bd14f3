#!/bin/sh
# SPDX-License-Identifier: ISC
#
# sendmail --at, --expires, --priority and --requiretls: what is kept, what mailq shows, and what the relay makes of it.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf delivery_mode=queue "relayhost=[127.0.0.1]:1"
printf 'Subject: later\n\nbody\n' >"$T/message"

# ---- --at

t_expect_exit 0 sendmail -i -f al@test.example --at +2h bo@test.example <"$T/message"
t_is "$(find "$SPOOL/deferred" -type f | wc -l)" 1 'it waits among the deferred'
t_is "$(t_mail_count bo)" 0 'and not in the mailbox, where it could be delivered at once'
due=$(stat -c %Y "$SPOOL"/deferred/*)
now=$(date +%s)
t_like "$((due - now))" '^(719[0-9]|7200)$' 'due in two hours'
t_run mta-relay --next
t_like "$(cat "$T/out")" '^(719[0-9]|7200)$' 'mta-relay --next knows'
mta-relay --once
mta-relay --once --all
t_run mailq --flush
t_is "$(t_mail_count bo)" 0 'it is not delivered before, whoever asks for everything'
t_run mailq
t_like "$(cat "$T/out")" '^ *to be sent at [A-Z][a-z][a-z], ' 'mailq shows when'
t_run mailq --json
t_like "$(cat "$T/out")" "\"hold_until\":$due,"  'also as JSON'
touch -d '1 minute ago' "$SPOOL"/deferred/*
mta-relay --once
t_is "$(t_mail_count bo)" 1 'when its time has come it is delivered'

sendmail -i -f al@test.example --at @$((now + 100)) bo@test.example <"$T/message"
id=$(find "$SPOOL/deferred" -type f -printf '%f\n')
t_expect_exit 0 mailq --delete "$id"
t_is "$(t_queue_count)" 0 'mailq --delete cancels it'
sendmail -i -f al@test.example --at @$((now + 100)) bo@test.example <"$T/message"
t_expect_exit 0 mailq --requeue "$(find "$SPOOL/deferred" -type f -printf '%f\n')"
mta-relay --once
t_is "$(t_mail_count bo)" 2 'mailq --requeue sends it now'

for bad in yesterday @5 +2x 2026-11-31T08:00; do
	t_expect_exit 64 sendmail -i -f al@test.example --at "$bad" bo@test.example <"$T/message"
done
t_expect_exit 64 sendmail -i -f al@test.example --at +2h --wait=delivered bo@test.example <"$T/message"
t_is "$(t_queue_count)" 0 'what is not understood is not sent'

# ---- --expires

t_expect_exit 0 sendmail -i -f al@test.example --expires 1h a@far.example <"$T/message"
t_like "$(cat "$SPOOL"/new/*)" '^by [0-9]+ R$' 'the envelope has the time'
mta-relay --once
t_run mailq
t_like "$(cat "$T/out")" '^ *to be delivered by ' 'mailq shows it'
sed "s/^by ....\(.*\)/by 1000\1/" "$SPOOL"/deferred/* >"$T/old" && cat "$T/old" >"$(echo "$SPOOL"/deferred/*)"
touch -d '1 minute ago' "$SPOOL"/deferred/*
mta-relay --once
t_is "$(t_queue_count)" 0 'when the time is over it is returned'
t_like "$(cat "$T"/home/al/Maildir/new/*)" '^Status: 5\.4\.7' 'with the status for that'
t_expect_exit 64 sendmail -i -f al@test.example --expires soon a@far.example <"$T/message"

# ---- --priority

t_expect_exit 0 sendmail -i -f al@test.example --priority -4 --expires 2h,notify a@far.example <"$T/message"
t_like "$(cat "$SPOOL"/new/*)" '^priority -4$' 'the envelope has the priority'
t_like "$(cat "$SPOOL"/new/*)" '^by [0-9]+ N$' 'and the other mode'
t_run mailq
t_like "$(cat "$T/out")" ', priority -4$' 'mailq shows it'
t_expect_exit 64 sendmail -i -f al@test.example --priority 10 a@far.example <"$T/message"

# ---- --requiretls

t_conf delivery_mode=queue "relayhost=[127.0.0.1]:$(t_unused_port)"
rm -rf "$SPOOL"
t_expect_exit 0 sendmail -i -f al@test.example --requiretls a@far.example <"$T/message"
t_like "$(cat "$SPOOL"/new/*)" '^requiretls$' 'the envelope says so'
t_expect_exit 0 sendmail -i -f al@test.example -O RequireTLS=yes b@far.example <"$T/message"
t_expect_exit 0 sendmail -i -f al@test.example -O requiretls=no b@far.example <"$T/message"
t_is "$(grep -lx requiretls "$SPOOL"/new/* | wc -l)" 2 "Postfix's option, too"
t_expect_exit 64 sendmail -i -f al@test.example -O requiretls=maybe b@far.example <"$T/message"
t_expect_exit 0 sendmail -i -f al@test.example --requiretls bo@test.example <"$T/message"
t_is "$(t_mail_count bo)" 3 'a mailbox of this machine is no way on which anybody could listen'
t_is "$(printf 'EHLO x\r\nQUIT\r\n' | smtpd | grep -c REQUIRETLS)" 1 'smtpd offers it to processes of this machine'
t_done
