#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Servers that are away, that take few connections, that break off, that are slow.
# shellcheck disable=SC2154 # t_pid is set there
. "${0%/*}/../../support/lib.sh"
t_init
fake=${LETTERBOX%/*}/tests/fakesmtp

# server NAME OPTION...: on PORT, what it hears in $T/NAME.said.
server()
{
	name=$1
	shift
	t_start "$name" "$fake" --log "$T/$name.said" "$@"
	t_port "$name" || t_done
}

# post N: so many messages.
post()
{
	for number in $(seq "$1"); do
		printf 'Subject: %s\n\nbody\n' "$number" | sendmail -i -f al@test.example a@far.example
	done
}

# conf: mail goes to PORT.
conf()
{
	rm -rf "$SPOOL"
	t_conf delivery_mode=queue "relayhost=[127.0.0.1]:$PORT" smtp_helo_timeout=1 smtp_data_done_timeout=1 "$@"
}

# Nobody there.
PORT=$("${LETTERBOX%/*}/tests/bench/sink" --unused)
conf
post 3
mta-relay --once --json >"$T/out" 2>"$T/err"
t_is "$(grep -c 'connect to 127.0.0.1\[127.0.0.1\]:[0-9]*: Connection refused"' "$T/out")" 3 'a refused connection is the reason for all'
t_is "$(grep -c '"delivery temporarily suspended: connect to' "$T/out")" 2 'but it was tried once'
t_is "$(find "$SPOOL/deferred" -type f | wc -l)" 3 'all wait'

# Too busy: as if it were not there.
server busy CONNECT='!421 4.3.2 Too busy'
conf
post 20
mta-relay --once --json >"$T/out" 2>"$T/err"
t_is "$(grep -c '"dsn":"4.3.2"' "$T/out")" 20 'a server that is too busy'
t_is "$(cat "$T/busy.said")" '' 'is not told anything'
t_stop "$t_pid"

# It takes two connections at a time; twenty are allowed here. All messages go through those two at once.
server few --limit 2 MAIL='@20 250 Ok'
conf
post 40
mta-relay --once --json >"$T/out" 2>"$T/err"
t_is "$(grep -c '"status":"sent"' "$T/out")" 40 'a server that takes two connections gets all'
t_is "$(grep -c '"status":"deferred"' "$T/out")" 0 'at once'

# It goes away after each message, without a word.
server rude .='!250 2.0.0 Ok'
conf
post 20
mta-relay --once --json >"$T/out" 2>"$T/err"
t_is "$(grep -c '"status":"sent"' "$T/out")" 20 'a server that hangs up after each message'
t_is "$(grep -c '\. Subject:' "$T/rude.said")" 20 'gets each once'

# It takes the message and says nothing: nobody knows. Then it must be tried again.
server silent ./1='@3000 250 Ok'
conf
post 1
mta-relay --once --json >"$T/out" 2>"$T/err"
t_like "$(cat "$T/out")" '"status":"deferred".*conversation timed out with 127.0.0.1\[127.0.0.1\] while sending end of data' \
	'no answer to the end of the message'
t_is "$(t_queue_count)" 1 'keeps it'

# A UNIX socket is as good as a host; LMTP answers for each recipient.
server lmtp --lmtp ./2='452 4.2.2 b is full'
conf "default_transport=lmtp:127.0.0.1:$PORT" relayhost=
printf 'Subject: x\n\n' | sendmail -i -f al@test.example a@far.example b@far.example c@far.example
mta-relay --once --json >"$T/out" 2>"$T/err"
t_is "$(sed -n 's/.*"recipient":"\(.\)@.*"status":"\([a-z]*\)".*/\1 \2/p' "$T/out" | tr '\n' ,)" 'a sent,b deferred,c sent,' \
	'LMTP: each recipient for itself'
t_like "$(cat "$T/lmtp.said")" '^1 LHLO test\.example$' 'and in its own words'
t_done
