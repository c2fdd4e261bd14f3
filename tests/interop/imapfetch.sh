#!/bin/sh
# SPDX-License-Identifier: ISC
#
# imapfetch.sh - FETCH of imapd beside that of Dovecot, over copies of the same mail: the same answers to everything
# where the mail is right, and of hostile mail the same octets in responses of valid syntax. Only for use inside
# tests/support/peer.
. "${0%/*}/../support/lib.sh"
. "${0%/*}/../support/dovecot.sh"

t_init
COMPARE=${0%/*}/imapfetch.py
USER_NAME=fetch
useradd -r "$USER_NAME" 2>/dev/null
uid=$(id -u "$USER_NAME")
t_user fetch "{PLAIN}secret:$uid:$uid::$T/ours::"
t_conf mail_owner=nobody auth_failure_delay=0 "mail_location=maildir:$T/ours/Maildir"
chmod 755 "$T"
mkdir -p "$T/theirs" "$T/ours"
dovecot_conf_alone "$T" "$USER_NAME" "maildir:$T/theirs/Maildir"
theirs="setpriv --reuid=$USER_NAME --regid=$(id -g "$USER_NAME") --clear-groups env USER=$USER_NAME HOME=$T/theirs"
theirs="$theirs PATH=/usr/bin:/bin /usr/lib/dovecot/imap -c $T/dovecot.conf"

# compared HOW WHAT: over what is in $T/ours/Maildir
compared()
{
	rm -rf "$T/theirs/Maildir"
	cp -a "$T/ours/Maildir" "$T/theirs/Maildir"
	chown -R "$USER_NAME" "$T/ours" "$T/theirs" "$T/run" "$T/state" "$T/dovecot.log"
	timeout 250 python3 "$COMPARE" "$1" "$theirs" "$LETTERBOX_BIN/imapd 2>>$T/imapd.log" >"$T/$1.out" 2>&1
	different=$?
	t_is "$different" 0 "$2"
	[ "$different" -eq 0 ] || t_note <"$T/$1.out"
}

python3 "$COMPARE" make "$T/ours/Maildir"
compared compare 'FETCH answers as Dovecot does'

rm -rf "$T/ours/Maildir"
mkdir -p "$T/ours/Maildir/cur" "$T/ours/Maildir/new" "$T/ours/Maildir/tmp"
n=1700000000
for message in "$TOP"/tests/fuzz/corpus/mime/* "$TOP"/tests/fuzz/corpus/header/* "$TOP"/tests/fuzz/corpus/repair/* \
	"$TOP"/tests/fuzz/corpus/imap_message/*; do
	n=$((n + 1))
	[ ! -f "$message" ] || cp "$message" "$T/ours/Maildir/cur/$n.M1P1.h:2,"
done
compared survive 'FETCH of hostile mail is valid, and its octets are as Dovecot has them'

t_done
