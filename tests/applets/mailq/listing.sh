#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What mailq shows: the table, JSON, selections, the summary.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf delivery_mode=queue
printf 'Subject: x\n\nhello\n' >"$T/message"

t_expect_exit 0 mailq
t_is "$(cat "$T/out")" 'Mail queue is empty
-- 0 Kbytes in 0 requests.' 'an empty queue'
t_is "$(ls -d "$SPOOL" 2>/dev/null)" '' 'nobody makes a spool by looking'
t_expect_exit 0 mailq --json
t_is "$(cat "$T/out")" '' 'an empty queue in JSON'

sendmail -f al x@far.example <"$T/message"
sendmail -f '<>' y@near.example z@far.example <"$T/message"
{ printf 'Subject: large\n\n'; seq 1 20000; } | sendmail -f bo w@near.example
t_expect_exit 0 mailq
t_is "$(head -n 1 "$T/out")" 'Queue ID            Size    Age  Sender, recipients' 'the head'
t_is "$(sed -n '2,$s/^[0-9A-Z]\{16\} .*  \(.*\)/\1/p' "$T/out" | tr '\n' ' ')" 'al@test.example <> bo@test.example ' \
	'the oldest comes first'
t_is "$(grep -c '^ *[wxyz]@' "$T/out")" 4 'every recipient has a line'
t_is "$(grep -c '^ *not tried yet$' "$T/out")" 4 'and how it stands'
t_like "$(cat "$T/out")" '^[0-9A-Z]{16} +107K +(now|[0-9]+[sm])  bo@' 'size and age for people'
t_is "$(tail -n 2 "$T/out" | head -n 1)" '-- new 3, deferred 0, hold 0, corrupt 0, dead 0' 'the counts'
t_is "$(tail -n 1 "$T/out")" '-- 108 Kbytes in 3 requests.' 'the summary is the last line'
t_is "$(awk '{ if (length($0) > 200) n++ } END { print n + 0 }' "$T/out")" 0 'no line is endless'

t_expect_exit 0 mailq --json
t_is "$(grep -c . "$T/out")" 3 'JSON: one object a line'
if command -v python3 >/dev/null; then
	t_is "$(python3 -c '
import json, sys
for line in open(sys.argv[1]):
    m = json.loads(line)
    print(m["queue_name"], m["sender"], m["active"], m["next_attempt"], [(r["address"], r["state"]) for r in m["recipients"]])
' "$T/out")" "new al@test.example False None [('x@far.example', 'queued')]
new  False None [('y@near.example', 'queued'), ('z@far.example', 'queued')]
new bo@test.example False None [('w@near.example', 'queued')]" 'JSON: its keys'
else
	t_skip 'there is no python3 to read JSON'
fi

# senders OPTION...: whose messages are selected
senders()
{
	mailq --json "$@" | sed 's/.*"sender":"\([^"]*\)".*/<\1>/' | tr '\n' ' '
}
t_is "$(senders --sender 'al@*')" '<al@test.example> ' '--sender'
t_is "$(senders --sender '')" '<> ' '--sender with the null sender'
t_is "$(senders --sender '<>')" '<> ' 'which may be written as for sendmail -f'
t_is "$(senders --sender 'AL@*' --sender 'bo*')" '<al@test.example> <bo@test.example> ' '--sender twice: either'
t_is "$(senders --recipient '*@far.example')" '<al@test.example> <> ' '--recipient'
t_is "$(senders --destination near.example)" '<> <bo@test.example> ' '--destination'
t_is "$(senders --destination near.example --sender 'bo*')" '<bo@test.example> ' 'both: both must fit'
t_is "$(senders --destination 'nothing*')" '' 'no match'
t_expect_exit 0 mailq --destination nothing
t_is "$(cat "$T/out")" '(no mail)
-- 0 Kbytes in 0 requests.' 'no match, for people'
id=$(mailq --json --sender '' | sed 's/.*"queue_id":"\([^"]*\)".*/\1/')
t_is "$(senders "$id")" '<> ' 'by id'
t_expect_exit 66 mailq 0000000000000000
t_like "$(cat "$T/err")" '0000000000000000: there is no such message' 'an unknown id is named'
t_expect_exit 64 mailq ../../etc/passwd
t_expect_exit 64 mailq --hold --release "$id"
t_expect_exit 64 mailq --nonsense

# How it stands with a recipient, after attempts.
t_conf delivery_mode=queue 'relayhost=[127.0.0.1]:1'
t_relay
t_expect_exit 0 mailq "$id"
t_like "$(cat "$T/out")" '^ +4\.4\.1 .*refused.* \(1 attempt, next in [0-9]+[sm]\)' 'the last reply, and when the next attempt is'
t_expect_exit 0 mailq -v "$id"
t_like "$(cat "$T/out")" 'from uid' '-v: where it came from'

# While it is being delivered.
file=$(ls "$SPOOL"/deferred/"$id")
if [ -r /proc/locks ] && command -v flock >/dev/null; then
	# shellcheck disable=SC2016 # for the shell inside
	sh -c 'exec 9<"$1" && flock 9 && exec sleep 60' - "$file" &
	holder=$!
	t_wait 20 sh -c "! flock -n '$file' true"
	t_like "$(mailq "$id")" "^$id\\* " 'a message under way has a star'
	t_expect_exit 75 mailq --delete "$id"
	t_like "$(cat "$T/err")" 'being delivered now' 'and is not deleted meanwhile'
	kill $holder
	wait "$holder"
else
	t_skip 'there is no flock command'
fi

# Damaged and dead ones.
printf 'garbage' >"$SPOOL/corrupt/1K000000000000XX"
chmod 600 "$SPOOL/corrupt/1K000000000000XX"
mkdir -p "$SPOOL/dead/new"
printf 'Subject: bounce\n\nx\n' >"$SPOOL/dead/new/1.2.3"
printf 'nonsense' >"$SPOOL/deferred/1K000000000000YY"
t_expect_exit 0 mailq
t_is "$(tail -n 2 "$T/out" | head -n 1)" '-- new 0, deferred 3, hold 0, corrupt 2, dead 1' 'they are counted'
t_like "$(cat "$T/out")" '^1K000000000000YY  damaged, in deferred/: not a queue file' 'a damaged one does not end the list'
t_unlike "$(cat "$T/out")" '^1K000000000000XX' 'what was set aside is listed'
t_expect_exit 0 mailq --all
t_like "$(cat "$T/out")" '^1K000000000000XX  damaged, in corrupt/' '--all: with those set aside'
t_like "$(cat "$T/out")" '^dead, 19, in dead/new/1\.2\.3' '--all: and the dead'
t_expect_exit 0 mailq --all --json
t_like "$(cat "$T/out")" '^\{"queue_name":"corrupt","queue_id":"1K000000000000XX","error":"' '--all --json'
t_like "$(cat "$T/out")" '^\{"queue_name":"dead","file":"dead/new/1\.2\.3","arrival_time":[0-9]+,"message_size":19\}' '--all --json: dead'
t_done
