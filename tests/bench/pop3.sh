#!/bin/sh
# SPDX-License-Identifier: ISC
#
# pop3.sh - pop3d beside Dovecot's pop3, on the same Maildir: the first answers of a session, all messages fetched one at
# a time and pipelined, the memory of a session; and pop3d's start. Each server has its own files beside the messages.
. "${0%/*}/lib.sh"

COUNT=10000
MANY=100000
if [ -n "$QUICK" ]; then
	COUNT=2000
	MANY=20000
fi
ROUNDS=$((ROUNDS * 3))
USER_ID=65534

makebox()
{
	mkdir -p "$D/home/$1"
	"$TOOLS/makebox" "$D/home/$1/Maildir" "$2"
	chown -R "$USER_ID:$USER_ID" "$D/home/$1"
	echo "$1:{PLAIN}secret:$USER_ID:$USER_ID::$D/home/$1::" >>"$D/users"
}

if [ "$(id -u)" -ne 0 ] || ! command -v dovecot >/dev/null; then
	echo 'pop3.sh needs root, and Dovecot' >&2
	exit 1
fi
chmod 711 "$D"
: >"$D/users"
makebox box "$COUNT"
makebox many "$MANY"
makebox empty 0

ours_start()
{
	cat >"$D/letterbox.conf" <<-END
		myhostname = letterbox.test.example
		users_file = $D/users
		mail_location = maildir:~/Maildir
		queue_directory = $D/spool
		mail_owner = nobody
		mail_max_userip_connections = 0
		pop3_lock_session = no
	END
	LETTERBOX_CONF=$D/letterbox.conf
	export LETTERBOX_CONF
	"$LETTERBOX_BIN/pop3d" --listen 127.0.0.1:0 >"$D/pop3d.log" 2>&1 &
	SERVER=$!
	wait_for 10 grep -q 'listening on' "$D/pop3d.log" || exit 1
	PORT=$(sed -n 's/.*listening on .*:\([0-9][0-9]*\).*/\1/p' "$D/pop3d.log" | head -n 1)
	PROGRAMS='/letterbox$'
}

theirs_start()
{
	PORT=11110
	cat >"$D/dovecot.conf" <<-END
		protocols = pop3
		base_dir = $D/dovecot
		log_path = $D/dovecot.log
		ssl = no
		disable_plaintext_auth = no
		mail_location = maildir:~/Maildir
		first_valid_uid = 1
		mail_max_userip_connections = 0
		passdb {
		  driver = passwd-file
		  args = $D/users
		}
		userdb {
		  driver = passwd-file
		  args = $D/users
		}
		service pop3-login {
		  inet_listener pop3 {
		    address = 127.0.0.1
		    port = $PORT
		  }
		}
	END
	dovecot -F -c "$D/dovecot.conf" >"$D/dovecot.out" 2>&1 &
	SERVER=$!
	wait_for 10 "$TOOLS/pop3" list "$PORT" box secret 1 || { cat "$D/dovecot.out" "$D/dovecot.log" >&2; exit 1; }
	PROGRAMS='/dovecot/|/dovecot$'
}

server_stop()
{
	kill "$SERVER"
	wait "$SERVER" 2>/dev/null
	rm -f "$D"/home/*/Maildir/dovecot* "$D"/home/*/Maildir/letterbox*
}

# memory USER: kB that one of 20 sessions more takes.
memory()
{
	before=$(pss "$PROGRAMS")
	mkfifo "$D/hold"
	"$TOOLS/pop3" hold "$PORT" "$1" secret 20 stat <"$D/hold" >"$D/held" &
	holder=$!
	exec 9>"$D/hold"
	wait_for 20 grep -q ready "$D/held"
	# Of sessions that wait, as they do nearly all of their time.
	sleep 1
	after=$(pss "$PROGRAMS")
	exec 9>&-
	wait "$holder"
	rm -f "$D/hold" "$D/held"
	sleep 0.5
	echo $(((after - before) / 20))
}

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
	login=$(memory empty)
	stat=$(memory box)
}

note "pop3d, $COUNT messages"
ours_start
measure
set -- "$warm" "$cold" "$one" "$ahead" "$many" "$login" "$stat"
start=$(figure ms "$("$TOOLS/pop3" greet 51 "$LETTERBOX_BIN/pop3d")")
server_stop

note 'dovecot'
theirs_start
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
