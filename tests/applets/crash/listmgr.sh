#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A post to a list, whatever fails and wherever it ends: when it has been brought again it has been sent once, to all, with
# one number, and is in the archive once. With CRASH=thorough the same for one that a moderator accepts.
# shellcheck disable=SC2317 # called by faults_walk
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/faults.sh"

faults_init
t_conf myorigin=example.org mydestination=example.org relayhost='[127.0.0.1]:1' dns_servers=127.0.0.1:1
L=$SPOOL/lists/friends

t_expect_exit 0 listmgr create --owner boss@example.net friends dmarc=none posting=open
t_expect_exit 0 listmgr add friends al@a.example bo@b.example carla@b.example
printf 'From: al@a.example\nTo: friends@example.org\nSubject: hi\nMessage-ID: <1@a>\n\n' >"$T/post"
awk 'BEGIN { for (i = 1; i <= 600; i++) printf "line %d of the post, which is longer than a buffer\n", i }' >>"$T/post"
# Who kicks a relay finds one, so none is started.
[ -p "$SPOOL/trigger" ] || mkfifo "$SPOOL/trigger"
exec 9<>"$SPOOL/trigger"
cp -a "$L" "$T/fresh"

bring()
{
	listmgr deliver --sender al@a.example --recipient friends@example.org <"$T/post"
}
listmgr()
{
	"$LETTERBOX" listmgr "$@"
}
prepare()
{
	rm -rf "$L" "$SPOOL"/new/* "$SPOOL"/tmp/*
	cp -a "$T/fresh" "$L"
}
attempt()
{
	faults_run "$LETTERBOX" listmgr deliver --sender al@a.example --recipient friends@example.org <"$T/post"
}

# Only what may be better later, or an end that was not its own.
is_right_status()
{
	case $STATUS in
	0|75|137|139|134) return 0;;
	esac
	is_end "$1"
}

# What a process that is gone has locked: see mailbox.sh.
unlock()
{
	lock=$L/archive/dovecot-uidlist.lock
	[ ! -e "$lock" ] && return
	sed -i "s/^[0-9]*/$(sh -c 'echo $$')/" "$lock"
	touch -d '-40 seconds' "$lock"
}

# sent_once WHAT: one message in the queue, whole, for all three; one number; one file in the archive.
sent_once()
{
	files_in "$SPOOL/new"
	[ "$FILES" -eq 1 ] || violated "$1: $FILES messages are in the queue"
	for file in "$SPOOL"/new/*; do
		[ "$(grep -ac '^rcpt Q .* <\(al@a\|bo@b\|carla@b\).example>$' "$file")" -eq 3 ] ||
			violated "$1: it is not for all"
		grep -aq '^line 600 of' "$file" || violated "$1: it is not whole"
	done
	[ "$(grep -c '^1 ' "$L/posts")" -eq 1 ] && [ "$(wc -l <"$L/posts")" -eq 1 ] || violated "$1: posts: $(cat "$L/posts")"
	files_in "$L/archive/cur" "$L/archive/new"
	[ "$FILES" -eq 1 ] || violated "$1: $FILES files are in the archive"
	grep -q '^1 ' "$L/archive/dovecot-uidlist" || violated "$1: it has no UID"
	files_in "$L/outbox"
	[ "$FILES" -eq 0 ] || violated "$1: something is left in outbox/"
}
check()
{
	is_right_status "$1" || violated "it was refused for good"
	if [ "$STATUS" -eq 0 ]; then
		files_in "$SPOOL/new" "$L/outbox"
		[ "$FILES" -eq 1 ] || violated "it was told to be sent and is not"
	fi
	unlock
	bring >"$T/again" 2>&1 || violated "brought again: $(cat "$T/again")"
	sent_once "brought again"
}
faults_walk 'a post is sent once'

# ---- accepted by a moderator: the same steps behind another beginning ----

[ "${CRASH:-}" = thorough ] || { t_done; exit; }

prepare
listmgr config friends posting=moderated >/dev/null
bring || t_fail 'it is not held'
ID=$(ls "$L/held")
rm -rf "$T/fresh" "$SPOOL"/new/*
cp -a "$L" "$T/fresh"
attempt()
{
	faults_run "$LETTERBOX" listmgr accept friends "$ID"
}
check()
{
	is_right_status "$1" || violated "it was refused for good"
	unlock
	if [ -e "$L/held/$ID" ]; then
		listmgr accept friends "$ID" >"$T/again" 2>&1 || violated "accepted again: $(cat "$T/again")"
	else
		# Whoever writes next finishes what is left.
		bring >"$T/again" 2>&1 || violated "brought again: $(cat "$T/again")"
	fi
	sent_once "accepted"
	[ ! -e "$L/held/$ID" ] || violated 'it waits still'
}
faults_walk 'a post is accepted once'
t_done
