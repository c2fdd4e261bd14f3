#!/bin/sh
# SPDX-License-Identifier: ISC
#
# mta-relay --daemon: woken by whoever queues, without polling; told to try, to begin anew, to end.
. "${0%/*}/../../support/lib.sh"
t_init
t_start smtp "${LETTERBOX%/*}/tests/fakesmtp" --log "$T/said" RCPT/1='450 4.2.1 Later' .='@300 250 2.0.0 Slow'
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

# becomes TEXT COMMAND...: long before the relay would look by itself, which is after queue_run_delay.
becomes()
{
	text=$1
	shift
	if t_wait 60 "$@"; then t_ok "$text"; else t_fail "$text"; fi
}

# Something waits from before, put off.
printf 'Subject: before\n\n' | sendmail -i -odq -f al@test.example a@far.example
mta-relay --once >"$T/out" 2>&1
t_is "$(find "$SPOOL/deferred" -type f | wc -l)" 1 'one message is put off'
t_expect_exit 69 mta-relay --kick

t_start_relay
t_wait 60 test -p "$SPOOL/trigger"
t_wait 60 mta-relay --kick
becomes '--kick tries what is not due' taken before
t_wait 20 t_queue_is_empty
t_run mta-relay --next
t_is "$STATUS" 69 'and the queue is empty'

post mail
becomes 'sendmail wakes it' taken mail
t_start_smtpd
printf 'Subject: net\r\n\r\n' >"$T/net"
curl -s --url "smtp://127.0.0.1:$SMTP_PORT/client.example" --mail-from al@test.example --mail-rcpt b@far.example --upload-file "$T/net"
becomes 'smtpd wakes it' taken net
# While nothing is to do it does nothing.
wakeups()
{
	sed -n 's/^voluntary_ctxt_switches:\t*//p' "/proc/$RELAY_PID/status"
}
# What was to do may take a while.
sleeps()
{
	before=$(wakeups)
	sleep 1
	[ "$(wakeups)" = "$before" ]
}
if t_wait 1 sleeps; then t_ok 'it does not poll'; else t_fail 'it does not poll'; fi

# SIGHUP: the same process, a new configuration.
sed -i 's/^myhostname .*/myhostname = renamed.example/' "$T/letterbox.conf"
kill -HUP "$RELAY_PID"
# What comes at that moment may still be sent with the old one.
is_renamed()
{
	post again
	grep -q 'EHLO renamed\.example' "$T/said"
}
if t_wait 10 is_renamed; then t_ok 'SIGHUP: a new configuration'; else t_fail 'SIGHUP: a new configuration'; fi
becomes 'with which it works' taken again
if kill -0 "$RELAY_PID"; then t_ok 'in the same process'; else t_fail 'in the same process'; fi
for _ in $(seq 30000); do
	kill -HUP "$RELAY_PID" || break
done
post unharmed
becomes 'told many times at once, it goes on' taken unharmed
if kill -0 "$RELAY_PID"; then t_ok 'as itself'; else t_fail 'as itself'; fi

# SIGTERM: what is under way is finished.
before=$(grep -c ' DATA$' "$T/said")
post slow
is_under_way() { [ "$(grep -c ' DATA$' "$T/said")" -gt "$before" ]; }
t_wait 60 is_under_way
t_stop "$RELAY_PID"
t_is "$STATUS" 0 'SIGTERM ends it'
t_is "$(t_queue_count) $(grep -c 'Subject: slow' "$T/said")" '0 1' 'when what was under way is done'
t_expect_exit 69 mta-relay --kick
t_unlike "$(cat "$T/relay.log")" 'unexpectedly|warning' 'all in order'
t_done
