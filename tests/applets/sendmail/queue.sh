#!/bin/sh
# SPDX-License-Identifier: ISC
#
# -bp, -bi and -q: the other commands that sendmail is.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf delivery_mode=queue
printf 'Subject: x\n\nhello\n' >"$T/message"

t_expect_exit 0 sendmail -bp
t_is "$(head -n 1 "$T/out")" 'Mail queue is empty' '-bp: empty'
t_is "$(ls -d "$SPOOL" 2>/dev/null)" '' '-bp makes no spool'
sendmail -f al x@far.example <"$T/message"
sendmail -f bo y@near.example <"$T/message"
t_expect_exit 0 sendmail -bp
t_is "$(tail -n 1 "$T/out")" '-- 1 Kbytes in 2 requests.' '-bp: the summary'
t_expect_exit 0 sendmail -bp --json
t_is "$(grep -c '^{"queue_name":"new"' "$T/out")" 2 '-bp --json'
t_expect_exit 0 sendmail -bi
t_like "$(cat "$T/out")" 'aliases' '-bi checks the aliases'
t_expect_exit 0 sendmail -I

# -q: to a place where nobody listens, so the attempts show in the queue.
t_conf "relayhost=[127.0.0.1]:1" delivery_mode=queue
attempts()
{
	mailq --json | sed 's/.*"sender":"\([^"]*\)".*"attempts":\([0-9]*\).*/\1=\2/' | tr '\n' ' '
}
t_expect_exit 0 sendmail -qRfar
t_is "$(attempts)" 'al@test.example=1 bo@test.example=0 ' '-qR: those whose recipient has it'
t_expect_exit 0 sendmail -qSbo@
t_is "$(attempts)" 'al@test.example=1 bo@test.example=1 ' '-qS: those whose sender has it'
id=$(mailq --json --sender 'al@*' | sed 's/.*"queue_id":"\([^"]*\)".*/\1/')
t_expect_exit 0 sendmail -qI"$id"
t_is "$(attempts)" 'al@test.example=2 bo@test.example=1 ' '-qI: this one'
t_expect_exit 0 sendmail -q
t_is "$(attempts)" 'al@test.example=3 bo@test.example=2 ' '-q: all, also those not due'
t_expect_exit 0 sendmail -qf
t_expect_exit 64 sendmail -qnonsense
t_expect_exit 66 sendmail -qI0000000000000000

sendmail -q1s
t_is $? 0 '-q1s returns at once'
if t_wait 10 test -p "$SPOOL/trigger"; then
	t_ok '-q1s: a relay runs'
	for proc in /proc/[0-9]*; do
		tr '\0' ' ' <"$proc/cmdline" 2>/dev/null | grep -q "^mta-relay .*--spool $SPOOL .*--daemon" &&
			kill "${proc#/proc/}"
	done
else
	t_fail '-q1s: a relay runs'
fi
t_done
