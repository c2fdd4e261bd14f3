#!/bin/sh
# SPDX-License-Identifier: ISC
#
# mta-relay killed at any moment, again and again, while a queue drains: each message is delivered at least once. Two at the same
# time, not killed: each exactly once.
. "${0%/*}/../../support/lib.sh"
t_init
messages=200
kills=12
mkdir "$T/taken"
t_start sink "${LETTERBOX%/*}/tests/bench/sink" --save "$T/taken"
t_port sink || t_done
t_conf delivery_mode=queue "relayhost=[127.0.0.1]:$PORT" minimal_backoff_time=1 default_destination_concurrency_limit=4

# fill: queue messages numbered from 1. One goes in by itself, the others are its copies under other names.
fill()
{
	printf 'Subject: x\nX-Number: 0000\n\nbody\n' | sendmail -i -f al@test.example a@far.example b@far.example || t_fail 'a message is queued'
	first=$(ls "$SPOOL/new")
	number=0
	while [ "$number" -lt "$messages" ]; do
		number=$((number + 1))
		sed "s/^X-Number: 0000/X-Number: $(printf %04d "$number")/" "$SPOOL/new/$first" >"$SPOOL/tmp/x"
		chmod 600 "$SPOOL/tmp/x"
		mv "$SPOOL/tmp/x" "$SPOOL/new/$(printf '0%015d' "$number")"
	done
	rm "$SPOOL/new/$first"
	rm -f "$T"/taken/*
}

# numbers: those that have arrived.
numbers()
{
	find "$T/taken" -type f ! -name '*.envelope' -exec cat {} + | tr -d '\r' | sed -n 's/^X-Number: //p' | sort
}

fill
# Nothing is known of the moments; they differ from run to run.
moments=$(od -An -N$kills -tu1 /dev/urandom)
for moment in $moments; do
	[ "$(t_queue_count)" -gt 0 ] || break
	setsid mta-relay --once >"$T/out" 2>&1 &
	pid=$!
	sleep "0.$(printf %03d $((moment / 4)))"
	# The whole group: its workers too, as when the machine stops; or it alone.
	if [ $((moment % 2)) -eq 0 ]; then kill -9 "-$pid"; else kill -9 "$pid"; fi 2>/dev/null
	wait "$pid" 2>/dev/null
done
t_note "moments:" $moments
t_wait 30 sh -c "mta-relay --once; sleep 0.1; test \$(find $SPOOL/new $SPOOL/deferred -type f | wc -l) -eq 0" || t_fail 'the queue drains'
t_is "$(numbers | uniq | wc -l)" "$messages" 'every message has arrived'
t_note "arrived: $(numbers | wc -l)"
t_is "$(find "$SPOOL/corrupt" "$SPOOL/tmp" "$SPOOL/hold" -type f | wc -l)" 0 'nothing is damaged or left'
t_is "$(find "$T/home" -path '*/new/*' -type f | wc -l)" 0 'nobody was told of a failure'

fill
mta-relay --once >"$T/out1" 2>&1 &
pid1=$!
mta-relay --once >"$T/out2" 2>&1 &
pid2=$!
wait "$pid1" || t_fail 'the first ends well'
wait "$pid2" || t_fail 'the second ends well'
t_is "$(numbers | wc -l) $(numbers | uniq | wc -l)" "$messages $messages" 'two relays: each message once'
t_is "$(t_queue_count)" 0 'and the queue is empty'
t_done
