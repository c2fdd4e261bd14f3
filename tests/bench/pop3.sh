#!/bin/sh
# SPDX-License-Identifier: ISC
#
# pop3.sh - pop3d beside Dovecot's pop3, on the same Maildir: the first answers of a session, all messages fetched one at
# a time and pipelined, the memory of a session; and pop3d's start. Each server has its own files beside the messages.
. "${0%/*}/lib.sh"
. "${0%/*}/maildirs.sh"

ROUNDS=$((ROUNDS * 3))
maildirs_init pop3
makebox box "$COUNT"
makebox many "$MANY"
makebox empty 0

# The clock of the directories has to be past, so that a server can rely on what it has kept.
measure()
{
	"$TOOLS/pop3" list "$PORT" box secret 1 >/dev/null
	sleep 3
	"$TOOLS/pop3" list "$PORT" box secret 1 >/dev/null
	warm=$(figure ms "$("$TOOLS/pop3" list "$PORT" box secret "$ROUNDS")")
	cold=$(figure ms "$("$TOOLS/pop3" list "$PORT" box secret "$ROUNDS" "$D/home/box/Maildir")")
	one=$(figure ms "$("$TOOLS/pop3" retr "$PORT" box secret 3 1)")
	ahead=$(figure ms "$("$TOOLS/pop3" retr "$PORT" box secret 3 100)")
	many=$(figure ms "$("$TOOLS/pop3" list "$PORT" many secret 3 "$D/home/many/Maildir")")
	login=$(memory pop3 empty stat)
	stat=$(memory pop3 box stat)
}

note "pop3d, $COUNT messages"
ours_serves pop3d '' 'pop3_lock_session = no'
measure
set -- "$warm" "$cold" "$one" "$ahead" "$many" "$login" "$stat"
start=$(figure ms "$("$TOOLS/pop3" greet 51 "$LETTERBOX_BIN/pop3d")")
server_stop

note 'dovecot'
theirs_serves pop3 11110 "$TOOLS/pop3 list 11110 box secret 1"
measure
server_stop

what="POP3, $COUNT messages:"
row "$what login STAT LIST UIDL" ms lower "$1" "$warm" dovecot 0.5
[ -n "$QUICK" ] || row "$what login STAT LIST UIDL" ms lower "$1" 12 limit 1
row "$what the same, nothing kept before" ms lower "$2" "$cold" dovecot 0.5
row "$what RETR one at a time" ms lower "$3" "$one" dovecot 0.5
row "$what RETR pipelined" ms lower "$4" "$ahead" dovecot 1
row "POP3, $MANY messages: first answers, nothing kept before" ms lower "$5" "$many" dovecot 0.34
row "$what one more session" kB lower "$7" "$stat" dovecot 0.25
row 'POP3, no messages: one more session' kB lower "$6" "$login" dovecot 0.25
row 'POP3: start to greeting, from inetd' ms lower "$start" 2 limit 1
