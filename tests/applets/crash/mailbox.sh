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

# compare TOLD LATER: what two listings say of UIDs must agree, if the run ended well (STATUS), and what had UIDs keeps them
# (KEPT, with the uidvalidity 5). One sentence a line. Sizes and flags do not matter. A full disk may hide what has no UID.
compare()
{
	case $FAULT in
	ENOSPC*|EDQUOT) full=1;;
	*) full=0;;
	esac
	awk -v status="$STATUS" -v kept="$KEPT" -v full="$full" '
		{ file = FILENAME == ARGV[1] ? 1 : 2 }
		FNR == 1 { validity[file] = $1 }
		match($0, /^[0-9]+ .*\) /) {
			name = substr($0, RLENGTH + 1)
			uid[file, name] = $1
			if (file == 2)
				twice += used[$1]++
			n[file]++
			names[file, n[file]] = name
		}
		END {
			if (n[2] != 5)
				print n[2] + 0 " of 5 messages"
			if (twice)
				print "a UID was given twice"
			if (kept != "" && validity[2] != 5)
				print "the uidvalidity has changed"
			for (i = split(kept, word, " "); i > 0; i -= 2)
				if (uid[2, word[i - 1]] != word[i])
					print "the UID of " word[i - 1] " has changed"
			if (status != 0)
				exit
			if (validity[1] != validity[2])
				print "another uidvalidity"
			if (n[1] != n[2] && !(full && n[1] == split(kept, word, " ") / 2))
				print "other messages than were told"
			for (i = 1; i <= n[1]; i++)
				if (uid[1, names[1, i]] != uid[2, names[1, i]])
					print "a UID that was told means another message"
		}' "$1" "$2"
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
	# Its process is gone, but not all that adopt what others leave behind reap it at once: another one that is gone is
	# put in its place. And this machine need not wait until the lock has an age.
	if [ -e "$M/dovecot-uidlist.lock" ]; then
		sed -i "s/^[0-9]*/$(sh -c 'echo $$')/" "$M/dovecot-uidlist.lock"
		touch -d '-40 seconds' "$M/dovecot-uidlist.lock"
	fi
	"$CTL" "$M" list >"$T/later" 2>&1 || violated "it cannot be opened any more: $(cat "$T/later")"
	compare "$T/told" "$T/later" >"$T/wrong"
	while read -r sentence; do
		violated "$sentence"
	done <"$T/wrong"
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
