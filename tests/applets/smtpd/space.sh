#!/bin/sh
# SPDX-License-Identifier: ISC
#
# No room, and clients that waste it: a temporary answer, nothing left behind, and what is there stays.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf

# dialogue RECIPIENT LINES: a message of so many lines of 100 octets
dialogue()
{
	printf '%s\r\n' 'EHLO c' 'MAIL FROM:<a@b.example>' "RCPT TO:<$1>" DATA
	i=0
	while [ $i -lt "$2" ]; do
		printf '%098d\r\n' 0
		i=$((i + 1))
	done
	printf '.\r\nRCPT TO:<bo>\r\nQUIT\r\n'
}

codes()
{
	tr -d '\r' | grep -v '^...-' | cut -c 1-3 | tr '\n' ' '
}

# Files that somebody has begun to write.
unfinished()
{
	find "$T"/home/*/Maildir/tmp "$SPOOL/tmp" -type f 2>/dev/null | grep -c .
}

# A file may have 8 blocks of 512 octets: the signal must not kill, and the file must go.
for recipient in al@test.example dora@far.example; do
	dialogue $recipient 1000 | (ulimit -f 8; exec smtpd) >"$T/out" 2>"$T/err"
	t_is "$(codes <"$T/out")" '220 250 250 250 354 452 503 221 ' "file size limit: $recipient is told 452"
	t_is "$(find "$T/home" "$SPOOL" -type f | grep -c .)" 0 'nothing is left'
done
dialogue al@test.example 10 | (ulimit -f 8; exec smtpd) >"$T/out" 2>"$T/err"
t_is "$(t_mail_count al)" 1 'what fits is delivered'

# No descriptors to be had.
for n in 7 8 9 10 11 12 13 14 15 16; do
	# shellcheck disable=SC3045 # dash and bash have it
	dialogue al@test.example 1 | (ulimit -n $n; exec smtpd) >"$T/out" 2>"$T/err"
	grep -q '^250 2.0.0' "$T/out" && echo accepted || echo refused
done >"$T/tries"
t_is $(($(t_mail_count al) + $(t_queue_count))) $((1 + $(grep -c accepted "$T/tries"))) \
	'few descriptors: as many messages as were accepted, queued or delivered'
t_is "$(unfinished)" 0 'and nothing is left'
t_like "$(cat "$T/tries")" refused 'some were refused'
t_like "$(cat "$T/tries")" accepted 'some were not'

# Clients that go away within a message, again and again.
before=$(($(t_mail_count al) + $(t_queue_count)))
i=0
while [ $i -lt 50 ]; do
	dialogue al@test.example 100 | head -c 5000 | smtpd >"$T/out" 2>"$T/err"
	dialogue dora@far.example 100 | head -c 5000 | smtpd >"$T/out" 2>"$T/err"
	i=$((i + 1))
done
t_is "$(unfinished)" 0 '100 messages that broke off: nothing is left'
t_is $(($(t_mail_count al) + $(t_queue_count))) "$before" 'and nothing is accepted'
t_done
