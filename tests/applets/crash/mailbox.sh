#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Opening a Maildir, whatever fails and wherever it ends: a UID that was told means the same message for ever after, no
# message is lost, and what has UIDs keeps them.
# shellcheck disable=SC2317 # called by faults_walk
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/faults.sh"

faults_init
CTL=${LETTERBOX%/*}/tests/interop/mailboxctl
M=$T/m

# The names of a message, and its UID: what a listing tells, but for sizes and flags.
uids()
{
	sed -n 's/^\([0-9]*\) .*) \(.*\)$/\2 \1/p' "$1" | sort
}

# filled UIDLIST: three messages that have UIDs by it, and two new ones
filled()
{
	rm -rf "$M"
	mkdir -p "$M/new" "$M/cur" "$M/tmp"
	for name in "cur/1.h:2," cur/2.h:2,S "cur/3.h,S=2:2," new/5.M2.h new/5.M1.h; do
		echo x >"$M/$name"
	done
	[ -z "$1" ] || printf '%b' "$1" >"$M/dovecot-uidlist"
}
attempt()
{
	faults_run "$CTL" "$M" move
	cp "$T/out" "$T/told"
}
check()
{
	# Its process is gone; this machine need not wait until the lock has an age.
	[ ! -e "$M/dovecot-uidlist.lock" ] || touch -d '-40 seconds' "$M/dovecot-uidlist.lock"
	"$CTL" "$M" list >"$T/later" 2>&1 || violated "it cannot be opened any more: $(cat "$T/later")"
	[ "$(uids "$T/later" | wc -l)" -eq 5 ] || violated "$(uids "$T/later" | wc -l) of 5 messages"
	if [ "$STATUS" -eq 0 ]; then
		[ "$(uids "$T/told")" = "$(uids "$T/later")" ] || violated 'a UID that was told means another message'
		[ "$(sed 's/ .*//;q' "$T/told")" = "$(sed 's/ .*//;q' "$T/later")" ] || violated 'another uidvalidity'
	fi
	[ -z "$KEPT" ] || [ "$(uids "$T/later" | head -n 3 | tr '\n' ' ')" = "$KEPT" ] || violated 'a UID has changed'
	[ -z "$KEPT" ] || [ "$(sed 's/ .*//;q' "$T/later")" = 5 ] || violated 'the uidvalidity has changed'
	[ "$(uids "$T/later" | sort -k 2 -u | wc -l)" -eq 5 ] || violated 'a UID was given twice'
}

KEPT='1.h 2 2.h 3 3.h,S=2 7 '
prepare()
{
	filled '3 V5 N1 G18cf150821ab026ba014000083ecc375\n2 :1.h\n3 :2.h\n7 :3.h,S=2\n'
}
faults_walk 'lines for the uidlist'

prepare()
{
	filled '1 5 9\n2 1.h\n3 2.h\n7 3.h,S=2\n'
}
faults_walk 'the uidlist written anew'

KEPT=
prepare()
{
	filled ''
}
faults_walk 'the first uidlist'
t_done
