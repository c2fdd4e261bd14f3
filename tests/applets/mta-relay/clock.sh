#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A clock that starts in 1970, is set, jumps, or a machine that was off: mail is neither given up nor forgotten.
. "${0%/*}/../../support/lib.sh"
t_init
# It answers: where nobody does, time without a network does not count.
t_start smtp "${LETTERBOX%/*}/tests/fakesmtp" RCPT='450 4.2.1 Later'
t_port smtp || t_done
t_conf delivery_mode=queue "relayhost=[127.0.0.1]:$PORT"
printf 'Subject: x\n\nbody\n' >"$T/message"
day=86400

if ! ${CC:-cc} -std=c11 -D_GNU_SOURCE -O1 -shared -fPIC -o "$T/fakeclock.so" "$TOP/tests/applets/mta-relay/fakeclock.c" \
	2>"$T/cc"; then
	t_skip "no fakeclock.so: $(head -n 1 "$T/cc")"
	t_done
fi
echo 0 >"$T/clock"

# at SECONDS COMMAND...: with a clock that is so much ahead.
at()
{
	echo "$1" >"$T/clock"
	shift
	FAKE_CLOCK=$T/clock LD_PRELOAD=$T/fakeclock.so ASAN_OPTIONS=verify_asan_link_order=0 "$@"
}

# attempts: how many there were of the only message.
attempts()
{
	grep -c '^log ' "$SPOOL"/deferred/*
}

# ---- off for a week, at its first attempt

at -$((7 * day)) sendmail -i -f al@test.example a@far.example <"$T/message"
if [ "$(sed -n 's/^arrived \([0-9]\{10\}\).*/\1/p' "$SPOOL"/new/*)" -gt $(($(date +%s) - 6 * day)) ]; then
	t_skip 'the clock of this binary cannot be faked'
	t_done
fi
at 0 mta-relay --once
t_is "$(attempts) $(t_mail_count al)" '1 0' 'what waited for a week in a machine that was off is tried, and kept'
at $((7 * day)) mta-relay --once
t_is "$(attempts) $(t_mail_count al)" '2 0' 'also after another week'
for week in 2 3 4 5; do
	at $((week * 7 * day)) mta-relay --once
done
t_is "$(attempts) $(t_mail_count al)" '6 0' 'and another'
at $((6 * 7 * day)) mta-relay --once
at $((7 * 7 * day)) mta-relay --once
t_is "$(t_queue_count) $(t_mail_count al)" '0 1' 'but not for ever'
t_like "$(cat "$T"/home/al/Maildir/new/*)" '^It was tried for [0-9]+ days\.$' 'and the report says for how long'

# ---- 1970, then the clock is set

rm -rf "$T/home/al/Maildir"
now=$(date +%s)
at -$((now - 100)) sendmail -i -f al@test.example -N failure,delay a@far.example <"$T/message"
at -$((now - 130)) mta-relay --once
t_is "$(attempts)" 1 'a clock that begins in 1970 is one'
at 0 mta-relay --once
t_is "$(attempts) $(t_mail_count al)" '2 0' 'set, it expires nothing, and warns of no delay of 50 years'
due=$(stat -c %Y "$SPOOL"/deferred/*)
t_like "$((due - $(date +%s)))" '^([12]?[0-9]?[0-9]|300)$' 'the next attempt is soon'

# ---- a year ahead, and back

at $((365 * day)) mta-relay --once --all
t_is "$(attempts) $(t_mail_count al)" '3 1' 'a year ahead: it is tried, its sender warned, and it is kept'
t_like "$(cat "$T"/home/al/Maildir/new/*)" '^Action: delayed$' 'the report is one of a delay'
t_like "$(($(stat -c %Y "$SPOOL"/deferred/*) - $(date +%s)))" '^315[0-9]+$' 'by that clock it is due in a year'
at 0 mta-relay --once
t_is "$(attempts)" 4 'back again: it is not due by a clock that is right, but the file is doubted'
at 0 mta-relay --once
t_is "$(attempts) $(t_mail_count al)" '4 1' 'once; and nobody is warned twice'
t_done
