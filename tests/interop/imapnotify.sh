#!/bin/sh
# SPDX-License-Identifier: ISC
#
# imapnotify.sh - NOTIFY of imapd beside that of Dovecot: what a session is told of another one's work is the same, and
# where it is not, imapnotify.dialogue says why. Only for use inside tests/support/peer.
. "${0%/*}/../support/lib.sh"
. "${0%/*}/../support/dovecot.sh"

t_init
PLAY=${0%/*}/imapnotify.py
USER_NAME=notify
useradd -r "$USER_NAME" 2>/dev/null
t_conf mail_owner=nobody
chmod 755 "$T"
mkdir -p "$T/homes" "$SPOOL"
dovecot_conf_alone "$T" "$USER_NAME" maildir:~/Maildir 'mailbox_idle_check_interval = 1s' \
	'namespace inbox {' 'separator = /' '}'
touch "$T/imapd.log"
chown -R "$USER_NAME" "$SPOOL" "$T/homes" "$T/run" "$T/state" "$T/dovecot.log" "$T/imapd.log"

timeout 250 setpriv --reuid="$USER_NAME" --regid="$(id -g "$USER_NAME")" --clear-groups \
	env USER="$USER_NAME" PATH=/usr/bin:/bin python3 "$PLAY" "$T/homes" \
	"env HOME={home} /usr/lib/dovecot/imap -c $T/dovecot.conf" \
	"$LETTERBOX_BIN/imapd --preauth -o mail_location=maildir:{home}/Maildir 2>>$T/imapd.log" >"$T/out" 2>&1
different=$?
t_is "$different" 0 'NOTIFY tells what that of Dovecot does, or what the RFC says'
[ "$different" -eq 0 ] || cat "$T/dovecot.log" "$T/imapd.log" "$T/out" | t_note
grep -i 'error\|panic' "$T/dovecot.log" >"$T/complaints"
t_is "$(cat "$T/complaints")" '' 'Dovecot complains of nothing'
t_done
