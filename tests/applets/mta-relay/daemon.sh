#!/bin/sh
# SPDX-License-Identifier: ISC
#
# mta-relay --daemon: woken by whoever queues, without polling; told to try, to begin anew, to end.
. "${0%/*}/../../support/lib.sh"
t_init
t_start smtp "${LETTERBOX%/*}/tests/fakesmtp" --log "$T/said" RCPT/1='450 4.2.1 Later' ./5='@700 250 2.0.0 Slow'
t_port smtp || t_done
t_conf "relayhost=[127.0.0.1]:$PORT"

post()
{
	printf 'Subject: %s\n\nbody\n' "$1" | sendmail -i -odb -f al@test.example a@far.example
}

taken()
{
	grep -q "^[0-9]* \. Subject: $1\$" "$T/said"
}

# within MS COMMAND...: does it become true so soon?
within()
{
	deadline=$(($(date +%s%N) / 1000000 + $1))
	shift
	until "$@"; do
		[ $(($(date +%s%N) / 1000000)) -lt "$deadline" ] || return 1
		sleep 0.01
	done
}

# becomes TEXT COMMAND...: within a second.
becomes()
{
	text=$1
	shift
	if within 1000 "$@"; then t_ok "$text"; else t_fail "$text"; fi
}

# Something waits from before, put off.
printf 'Subject: before\n\n' | sendmail -i -odq -f al@test.example a@far.example
mta-relay --once >"$T/out" 2>&1
t_is "$(find "$SPOOL/deferred" -type f | wc -l)" 1 'one message is put off'
t_expect_exit 69 mta-relay --kick

t_start_relay
t_wait 5 test -p "$SPOOL/trigger"
t_wait 5 mta-relay --kick
becomes '--kick tries what is not due' taken before
t_run mta-relay --next
t_is "$STATUS" 69 'and the queue is empty'

sleep 0.3
post mail
becomes 'sendmail wakes it' taken mail
t_start_smtpd
swaks --server 127.0.0.1 --port "$SMTP_PORT" --from al@test.example --to b@far.example --header 'Subject: net' >/dev/null 2>&1
becomes 'smtpd wakes it' taken net
# While nothing is to do it does nothing.
sleep 0.2
wakeups()
{
	sed -n 's/^voluntary_ctxt_switches:\t*//p' "/proc/$RELAY_PID/status"
}
before=$(wakeups)
sleep 1
t_is "$(wakeups)" "$before" 'it does not poll'

# SIGHUP: the same process, a new configuration.
sed -i 's/^myhostname .*/myhostname = renamed.example/' "$T/letterbox.conf"
kill -HUP "$RELAY_PID"
sleep 0.3
within 3000 mta-relay --kick
post again
becomes 'after SIGHUP it works' taken again
t_like "$(cat "$T/said")" 'EHLO renamed\.example' 'with the new configuration'
kill -0 "$RELAY_PID" && t_ok 'in the same process'

# SIGTERM: what is under way is finished.
post slow
sleep 0.2
t_stop "$RELAY_PID"
t_is "$STATUS" 0 'SIGTERM ends it'
t_is "$(t_queue_count) $(grep -c 'Subject: slow' "$T/said")" '0 1' 'when what was under way is done'
t_expect_exit 69 mta-relay --kick
t_unlike "$(cat "$T/relay.log")" 'unexpectedly|warning' 'all in order'
t_done
