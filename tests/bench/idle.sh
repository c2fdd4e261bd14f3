#!/bin/sh
# SPDX-License-Identifier: ISC
#
# idle.sh - as many sessions of imapd in IDLE as there are users: how soon after a delivery the last one is told, with
# inotify for all, and without; a message for each, and messages for many at once.
. "${0%/*}/lib.sh"
. "${0%/*}/maildirs.sh"

COUNT=1000
[ -z "$QUICK" ] || COUNT=200
INSTANCES=/proc/sys/fs/inotify/max_user_instances
IDLERS=${0%/*}/../support/idlers.py

if [ "$(id -u)" -ne 0 ] || ! command -v python3 >/dev/null; then
	echo 'idle.sh needs root, and Python' >&2
	exit 1
fi
before=$(cat "$INSTANCES")
trap 'echo "$before" >"$INSTANCES"' EXIT
trap 'exit 143' HUP INT PIPE TERM
chmod 711 "$D"
: >"$D/users"
python3 -B "$IDLERS" make "$D" "$COUNT" "$USER_ID"

# measure INSTANCES: of inotify, that the user may have. The figures are in $D/idlers.
measure()
{
	echo "$1" >"$INSTANCES"
	ours_serves imapd '' "imap_process_limit = $((COUNT + 20))" login_client_connection_count_limit=0 \
		mydestination=test.example
	idle=$PORT server=$SERVER
	ours_serves_lmtp
	python3 -B "$IDLERS" run "$COUNT" "$idle" "$PORT" "$server" >"$D/idlers" || exit 1
	! grep '^not ok' "$D/idlers" >&2 || exit 1
	sed -n 's/^# /# /p' "$D/idlers" >&2
	server_stop
	SERVER=$server
	server_stop
	rm -rf "$D"/home/*/Maildir
}

# Beside the sessions there is nobody who delivers for its own sake: the times are those of the delivery, too.
ours_serves_lmtp()
{
	"$LETTERBOX_BIN/smtpd" --lmtp --listen 127.0.0.1:0 >"$D/lmtpd.log" 2>&1 &
	SERVER=$!
	wait_for 10 grep -q 'listening on' "$D/lmtpd.log" || exit 1
	PORT=$(sed -n 's/.*listening on .*:\([0-9][0-9]*\).*/\1/p' "$D/lmtpd.log")
}

value()
{
	figure "$1" "$(cat "$D/idlers")"
}

note "imapd, $COUNT sessions in IDLE"
measure "$((COUNT + 100))"
row "IMAP, $COUNT sessions in IDLE: told of a delivery, the median" ms lower "$(value each_median)" 20 limit 1
row "IMAP, $COUNT sessions in IDLE: told of a delivery, the last" ms lower "$(value each)" 1000 limit 1
row "IMAP, $COUNT sessions in IDLE: told of deliveries to all, the last" ms lower "$(value many)" 1000 limit 1
row "IMAP, $COUNT sessions in IDLE: memory of one" kB lower "$(value private)" 200 limit 1
measure 0
row "IMAP, $COUNT sessions in IDLE, without inotify: the last" ms lower "$(value each)" 1000 limit 1
row "IMAP, $COUNT sessions in IDLE, without inotify, all: the last" ms lower "$(value many)" 1000 limit 1
