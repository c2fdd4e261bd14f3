#!/bin/sh
# SPDX-License-Identifier: ISC
#
# mta-relay, whatever fails and wherever it ends: what was accepted is delivered at least once, whole, by the next runs;
# nothing is lost, set aside, or left.
# shellcheck disable=SC2317 # called by faults_walk
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/faults.sh"

faults_init
for name in one two three four; do
	faults_message "$name"
done
mkdir "$T/taken"
t_start sink "${LETTERBOX%/*}/tests/bench/sink" --save "$T/taken"
t_port sink || t_done

# While it is queued nobody is local; then al and bo are.
t_conf delivery_mode=queue "relayhost=[127.0.0.1]:$PORT"
sendmail -i -f bo@later.example al@later.example <"$T/one"
sendmail -i -f bo@later.example al@later.example bo@later.example <"$T/two"
sendmail -i -f bo@later.example someone@far.example <"$T/three"
sendmail -i -f al@later.example reject@far.example other@far.example <"$T/four"
files_in "$SPOOL/new" "$SPOOL/deferred"
if [ "$FILES" -ne 4 ]; then
	t_fail "four messages are queued, not $FILES"
	t_done
fi
mv "$SPOOL" "$T/template"
t_conf 'mydestination=test.example later.example' delivery_mode=queue "relayhost=[127.0.0.1]:$PORT" \
	minimal_backoff_time=1

prepare()
{
	rm -rf "$SPOOL" "$T/home/al" "$T/home/bo" "$T/taken"
	mkdir "$T/taken"
	cp -a "$T/template" "$SPOOL"
}

attempt()
{
	faults_run mta-relay --once --all
}

# mailbox USER NAME: how often is the message there; partial files are a violation.
mailbox()
{
	FILES=0
	for file in "$T/home/$1/Maildir/new"/*; do
		[ -e "$file" ] || continue
		grep -q "^Message-ID: <$2@test.example>" "$file" || continue
		# The bounce quotes what it returns.
		! grep -q '^Content-Type: multipart/report' "$file" || continue
		is_whole "$file" "$2" || violated "a partial copy of $2 for $1"
		FILES=$((FILES + 1))
	done
}

# taken NAME: how often did the other machine get it?
taken()
{
	FILES=0
	for file in "$T/taken"/*[0-9]; do
		[ -e "$file" ] || continue
		tr -d '\r' <"$file" >"$T/lf"
		! grep -q "^Message-ID: <$1@test.example>" "$T/lf" || ! is_whole "$T/lf" "$1" || FILES=$((FILES + 1))
	done
}

at_least_once()
{
	[ "$FILES" -ge 1 ] || violated "$* is lost"
	# Errors may not even repeat what they did not hit; but the end of a process may.
	[ "$FILES" -le 2 ] || violated "$* came $FILES times"
}

in_queue()
{
	files_in "$SPOOL/new" "$SPOOL/deferred" "$SPOOL/hold" "$SPOOL/corrupt" "$SPOOL/dead/new"
}

check()
{
	for user in al bo; do
		for file in "$T/home/$user/Maildir/new"/*; do
			[ ! -e "$file" ] || grep -q 'the end of\|multipart/report' "$file" || violated "a partial file for $user"
		done
	done
	# What failed in the first run may need a second one; and processes that are being killed keep their locks for a
	# moment.
	for pause in 0 0 0.05 0.2 0.5; do
		sleep "$pause"
		mta-relay --once --all >"$T/relay.out" 2>&1 || violated "mta-relay: $(cat "$T/relay.out")"
		in_queue
		[ "$FILES" -gt 0 ] || break
	done
	mailbox al one
	at_least_once one
	mailbox al two
	at_least_once two for al
	mailbox bo two
	at_least_once two for bo
	taken three
	at_least_once three
	taken four
	at_least_once four
	grep -lq '^Content-Type: multipart/report' "$T/home/al/Maildir/new"/* 2>/dev/null || violated 'the bounce is lost'
	in_queue
	[ "$FILES" -eq 0 ] || violated "$FILES files stay in the queue"
}
faults_walk 'mta-relay --once'
t_done
