#!/bin/sh
# SPDX-License-Identifier: ISC
#
# smtpd, whatever fails and wherever it ends: 250 at the end of the data means that there is one whole message, another
# reply that there is none. Ended from outside, there is at most one, whole.
# shellcheck disable=SC2317 # called by faults_walk
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/faults.sh"

faults_init
faults_message one
faults_places

# dialogue COMMAND RECIPIENT...: what the client says, all at once.
dialogue()
{
	how=$1
	shift
	printf 'EHLO client.example\r\nMAIL FROM:<sender@test.example>\r\n'
	printf 'RCPT TO:<%s>\r\n' "$@"
	if [ "$how" = DATA ]; then
		printf 'DATA\r\n'
		sed 's/$/\r/' "$T/one"
		printf '.\r\n'
	else
		sed 's/$/\r/' "$T/one" >"$T/chunk"
		printf 'BDAT 1000\r\n'
		head -c 1000 "$T/chunk"
		printf 'BDAT %d LAST\r\n' $(($(wc -c <"$T/chunk") - 1000))
		tail -c +1001 "$T/chunk"
	fi
	printf 'QUIT\r\n'
}

prepare()
{
	rm -rf "$SPOOL" "$T/home/al" "$T/home/bo"
}

# 250 2.0.0 is what only the end of a message (or of a chunk before it) is answered with.
attempt()
{
	faults_run smtpd <"$T/dialogue"
	exit_status=$STATUS
	STATUS=1
	! grep -q '^250 2\.0\.0 Ok: queued' "$T/out" || STATUS=0
}

# A reply that could not be sent says nothing: the client will try again, and the message may come twice.
is_unheard()
{
	case $(injected) in
	*' send '*|*' write '*/out) return 0;;
	esac
	return 1
}

# accepted NUMBER HOW TEXT
accepted()
{
	if [ "$STATUS" -eq 0 ]; then
		[ "$1" -eq 1 ] || violated "250, and $1 messages $3"
	elif is_end "$2"; then
		[ "$1" -le 1 ] || violated "$1 messages $3"
	elif is_unheard; then
		[ "$1" -le 1 ] || violated "$1 messages $3"
	else
		[ "$1" -eq 0 ] || violated "no 250, and $1 messages $3"
		grep -q '^4[0-9][0-9][ -]4\.' "$T/out" || [ "$exit_status" -ne 0 ] ||
			violated "neither 250 nor a temporary error: $(tail -n 3 "$T/out")"
	fi
}

check()
{
	in_spool
	queued=$FILES
	whole_in al one
	accepted $((queued + FILES)) "$1" 'in mailbox and queue'
	deliver_here
	before=$((queued + FILES))
	whole_in al one
	[ "$FILES" -eq "$before" ] || violated "$before messages were there, and then $FILES in the mailbox"
}

for command in DATA BDAT; do
	dialogue "$command" al@later.example >"$T/dialogue"
	LETTERBOX_CONF=$T/away.conf
	faults_walk "smtpd into the queue, with $command"
	LETTERBOX_CONF=$T/here.conf
	faults_walk "smtpd into a Maildir, with $command"
done

# A server that cannot start another process says so, and is there when it can.
export LETTERBOX_CONF="$T/here.conf"
prepare
rm -f "$T/count"
FAIL_COUNT=$T/count FAIL_CALL=fork FAIL_HOW=EAGAIN FAIL_AT=1 LD_PRELOAD=$T/failfs.so \
	ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0
export FAIL_COUNT FAIL_CALL FAIL_HOW FAIL_AT LD_PRELOAD ASAN_OPTIONS
# shellcheck disable=SC2119
t_start_smtpd
unset FAIL_COUNT FAIL_CALL FAIL_HOW FAIL_AT LD_PRELOAD ASAN_OPTIONS
blast()
{
	"${LETTERBOX%/*}/tests/bench/blast" --port "$SMTP_PORT" --messages 1 --to al@later.example
}
first=$(blast)
acknowledged=$(printf '%s\n' "$first" | sed 's/^messages=\([0-9]*\).*/\1/')
t_is "$(t_mail_count al)" "$acknowledged" \
	'a connection for which there is no process at first: what is acknowledged is there'
t_like "$(blast)" 'messages=1 failed=0' 'the next connection is served'
t_done
