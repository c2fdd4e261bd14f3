#!/bin/sh
# SPDX-License-Identifier: ISC
#
# imapd, whatever fails and wherever it ends: what it said was saved, copied, moved or changed is so, by the UIDs that it
# told; what it refused is as it was; messages are whole, and none is lost; mod-sequences do not go back.
# shellcheck disable=SC2317 # called by faults_walk
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/faults.sh"

faults_init
t_user al "{PLAIN}secret:::::$T/home/al::"
# What encloses the process would keep the calls from being written down.
t_conf auth_failure_delay=0 enclose_processes=no
chmod 600 "$T/users"
M=$T/home/al/Maildir

# say LINE...: a client that says all of it at once.
say()
{
	printf 'a0 LOGIN al secret\r\n'
	printf '%b\r\n' "$@"
	printf 'a9 LOGOUT\r\n'
}

# template: INBOX with the messages 1.h to 3.h, their UIDs 1 to 3, and the folder Work; looked at before.
template()
{
	for dir in cur new tmp .Work/cur .Work/new .Work/tmp; do
		mkdir -p "$M/$dir"
	done
	: >"$M/.Work/maildirfolder"
	printf '3 V5 N1 G18cf150821ab026ba014000083ecc375\n' | tee "$M/dovecot-uidlist" >"$M/.Work/dovecot-uidlist"
	for uid in 1 2 3; do
		echo "text of $uid.h" >"$M/cur/$uid.h:2,"
		echo "$uid :$uid.h" >>"$M/dovecot-uidlist"
	done
	say 'a1 ENABLE QRESYNC' 'a2 SELECT Work' 'a3 SELECT INBOX' >"$T/say"
	imapd <"$T/say" >"$T/out" 2>&1
	cp -a "$T/home/al" "$T/template"
}

prepare()
{
	rm -rf "$T/home/al"
	cp -a "$T/template" "$T/home/al"
}

attempt()
{
	faults_run imapd <"$T/dialogue"
	cp "$T/out" "$T/told"
}

# Locks that were left, as if long ago: their processes may not be buried yet, so there is no asking for them.
age_locks()
{
	find "$M" -name '*.lock' -exec truncate -s 0 {} + -exec touch -d '-200 seconds' {} +
}

# later LINE...: what a session after it is told.
later()
{
	age_locks
	say "$@" >"$T/say"
	imapd <"$T/say" >"$T/later" 2>&1 || violated "no session any more: $(cat "$T/later")"
}

# said_ok TAG: was it told that it is done? Without a fault it must be.
said_ok()
{
	! grep -q "^$1 OK" "$T/told" || return 0
	[ "$FAULT" != 'no fault' ] || violated "$1 is not done"
	return 1
}

# code TAG NAME: what stands behind the name in brackets.
code()
{
	tr -d '\r' <"$T/told" | sed -n "s/^\\($1\\|\\*\\) OK \\[$2 \\([^]]*\\)\\].*/\\2/p"
}

# texts: those of the messages that were told of, in order.
texts()
{
	tr -d '\r' <"$T/later" | grep '^text of ' | tr '\n' ' '
}

template

# ---- APPEND ----

old='text of 1.h text of 2.h text of 3.h '

say 'a1 APPEND INBOX (\\Seen) {10+}\r\ntext of x\n {10+}\r\ntext of y\n' >"$T/dialogue"
check()
{
	later 'b1 SELECT INBOX' 'b2 UID FETCH 1:* (UID BODY.PEEK[])'
	if said_ok a1; then
		[ "$(texts)" = "$old"'text of x text of y ' ] || violated "saved, and there is: $(texts)"
		[ "$(code a1 APPENDUID)" = '5 4:5' ] || violated "UIDs $(code a1 APPENDUID)"
	elif is_end "$1"; then
		# All or none, also when it was killed between the names of the two.
		case $(texts) in
		"$old"|"$old"'text of x text of y ') ;;
		*) violated "there is: $(texts)";;
		esac
	elif grep -q '^a1 ' "$T/told"; then
		[ "$(texts)" = "$old" ] || violated "refused, and there is: $(texts)"
	fi
	grep -q 'UID 1 ' "$T/later" || violated 'a UID has changed'
}
faults_walk 'two messages are saved'

# ---- MOVE and COPY ----

# Each message is in one of the folders, and in one only.
check_moved()
{
	later 'b1 SELECT INBOX' 'b2 UID FETCH 1:* (UID BODY.PEEK[])' 'b3 SELECT Work' 'b4 UID FETCH 1:* (UID BODY.PEEK[])'
	all=$(tr -d '\r' <"$T/later" | grep '^text of ' | sort | tr '\n' ' ')
	[ "$all" = 'text of 1.h text of 2.h text of 3.h ' ] || violated "there is: $all"
	inbox=$(tr -d '\r' <"$T/later" | sed -n '1,/^b2 /p' | grep -c '^text of ')
	if said_ok a2; then
		[ "$inbox" -eq 1 ] || violated "moved, and INBOX has $inbox"
		case $(code a2 COPYUID) in
		*' 1:2 1:2') ;;
		*) violated "UIDs $(code a2 COPYUID)";;
		esac
	elif ! is_end "$1" && grep -q '^a2 ' "$T/told"; then
		[ "$inbox" -eq 3 ] || violated "refused, and INBOX has $inbox"
	fi
}
say 'a1 SELECT INBOX' 'a2 MOVE 1:2 Work' >"$T/dialogue"
check()
{
	check_moved "$1"
}
faults_walk 'messages are moved'

check()
{
	later 'b3 SELECT Work' 'b4 UID FETCH 1:* (UID BODY.PEEK[])'
	if said_ok a2; then
		[ "$(texts)" = 'text of 1.h text of 2.h ' ] || violated "copied, and there is: $(texts)"
	elif is_end "$1"; then
		case $(texts) in
		''|'text of 1.h text of 2.h ') ;;
		*) violated "there is: $(texts)";;
		esac
	elif grep -q '^a2 ' "$T/told"; then
		[ "$(texts)" = '' ] || violated "refused, and there is: $(texts)"
	fi
	later 'b1 SELECT INBOX' 'b2 UID FETCH 1:* (UID BODY.PEEK[])'
	[ "$(texts)" = 'text of 1.h text of 2.h text of 3.h ' ] || violated "there is left: $(texts)"
}
say 'a1 SELECT INBOX' 'a2 COPY 1:2 Work' >"$T/dialogue"
# It makes the calls that the move makes.
[ "${CRASH:-}" != thorough ] || faults_walk 'messages are copied'

# ---- MODSEQ ----

# changes FILE: "uid flagged modseq" of each message of which that was told last.
changes()
{
	tr -d '\r' <"$1" | sed -n 's/^\* [0-9]* FETCH (UID \([0-9]*\) FLAGS (\(.*\)) MODSEQ (\([0-9]*\)))$/\1 \3 \2/p' |
		awk '{ last[$1] = $1 " " $2 " " (/Flagged/ ? "flagged" : "plain") } END { for (u in last) print last[u] }' | sort
}
say 'a1 ENABLE QRESYNC' 'a2 SELECT INBOX' 'a3 UID FETCH 1:* (UID FLAGS MODSEQ)' 'a4 UID STORE 2 +FLAGS (\\Flagged)' \
	'a5 UID FETCH 1:* (UID FLAGS MODSEQ)' >"$T/dialogue"
check()
{
	changes "$T/told" >"$T/first"
	later 'b1 ENABLE QRESYNC' 'b2 SELECT INBOX' 'b3 UID FETCH 1:* (UID FLAGS MODSEQ)'
	changes "$T/later" >"$T/second"
	[ "$(wc -l <"$T/second")" -eq 3 ] || violated "$(wc -l <"$T/second") of 3 messages"
	# Whoever knows other flags knows a smaller value.
	join "$T/first" "$T/second" | awk '$2 > $4 || ($3 != $5 && $2 >= $4) { bad = 1 } END { exit bad }' ||
		violated "told $(tr '\n' ';' <"$T/first"), then $(tr '\n' ';' <"$T/second")"
	! said_ok a4 || grep -q '^2 .* flagged' "$T/second" || violated 'a flag that was set is not there'
}
faults_walk 'a flag gets its mod-sequence'
t_done
