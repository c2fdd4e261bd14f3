# shellcheck shell=sh disable=SC2034
# SPDX-License-Identifier: ISC
#
# maildirs.sh - what imap.sh and pop3.sh share: Maildirs of users of a users file, and ours or Dovecot's server over them;
# one of the two runs at a time. Reads and sets, besides those of lib.sh: COUNT and MANY, messages of the usual and of the
# large mailbox; PORT, where the server listens; SERVER, its process; PROGRAMS, an ERE of the programs of its processes.
. "${0%/*}/../support/dovecot.sh"

COUNT=10000
MANY=100000
if [ -n "$QUICK" ]; then
	COUNT=2000
	MANY=20000
fi
USER_ID=65534

# maildirs_init PROGRAM: this of Dovecot's has to be there.
maildirs_init()
{
	if [ "$(id -u)" -ne 0 ] || [ ! -x "/usr/lib/dovecot/$1" ]; then
		echo "${0##*/} needs root, and Dovecot" >&2
		exit 1
	fi
	chmod 711 "$D"
	: >"$D/users"
}

# makebox USER COUNT
makebox()
{
	mkdir -p "$D/home/$1"
	"$TOOLS/makebox" "$D/home/$1/Maildir" "$2"
	chown -R "$USER_ID:$USER_ID" "$D/home/$1"
	echo "$1:{PLAIN}secret:$USER_ID:$USER_ID::$D/home/$1::" >>"$D/users"
}

# ours_serves APPLET OPTIONS [NAME=VALUE...]: PORTS are all its ports.
ours_serves()
{
	applet=$1 options=$2
	shift 2
	cat >"$D/letterbox.conf" <<-END
		myhostname = letterbox.test.example
		users_file = $D/users
		mail_location = maildir:~/Maildir
		queue_directory = $D/spool
		mail_owner = nobody
		mail_max_userip_connections = 0
	END
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$D/letterbox.conf"
	LETTERBOX_CONF=$D/letterbox.conf
	export LETTERBOX_CONF
	# shellcheck disable=SC2086 # several words
	"$LETTERBOX_BIN/$applet" --listen 127.0.0.1:0 $options >"$D/$applet.log" 2>&1 &
	SERVER=$!
	wait_for 10 grep -q 'listening on' "$D/$applet.log" || exit 1
	PORTS=$(sed -n 's/.*listening on .*:\([0-9][0-9]*\).*/\1/p' "$D/$applet.log")
	PORT=$(echo "$PORTS" | head -n 1)
	PROGRAMS='/letterbox$'
}

# theirs_serves PROTOCOL PORT COMMAND [LINE...]: Dovecot, with these lines in its configuration; until COMMAND succeeds,
# which is the shell's.
theirs_serves()
{
	protocol=$1 command=$3
	PORT=$2
	shift 3
	dovecot_conf "$D" "$protocol" "$PORT" 'mail_max_userip_connections = 0' "$@"
	dovecot -F -c "$D/dovecot.conf" >"$D/dovecot.out" 2>&1 &
	SERVER=$!
	wait_for 10 sh -c "$command" || { cat "$D/dovecot.out" "$D/dovecot.log" >&2; exit 1; }
	PROGRAMS='/dovecot/|/dovecot$'
}

# server_stop: and what it has kept beside the messages is removed, and the messages that the user "empty" has got.
server_stop()
{
	kill "$SERVER"
	wait "$SERVER" 2>/dev/null
	rm -f "$D"/home/*/Maildir/dovecot* "$D"/home/*/Maildir/letterbox* "$D"/home/empty/Maildir/[nc]*/*
}

# settled: the kB of all its processes, once those of the sessions before are gone.
settled()
{
	last=0
	sleep 1
	for i in 1 2 3 4 5 6 7 8 9 10; do
		kb=$(pss "$PROGRAMS")
		[ $((kb - last)) -gt 64 ] || [ $((last - kb)) -gt 64 ] || break
		last=$kb
		sleep 0.5
	done
	echo "$kb"
}

# memory CLIENT USER HOW: kB that one of 20 sessions more takes which wait, as they do nearly all of their time. CLIENT is
# the program of this directory that holds them.
memory()
{
	before=$(settled)
	mkfifo "$D/hold"
	"$TOOLS/$1" hold "$PORT" "$2" secret 20 "$3" <"$D/hold" >"$D/held" &
	holder=$!
	exec 9>"$D/hold"
	wait_for 20 grep -q ready "$D/held"
	# A session gives back what it does not need once it has waited for a while.
	sleep 0.7
	after=$(settled)
	exec 9>&-
	wait "$holder"
	rm -f "$D/hold" "$D/held"
	echo $(((after - before) / 20))
}
