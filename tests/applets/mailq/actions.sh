#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What mailq does: show, hold, release, delete, requeue, flush.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf delivery_mode=queue 'relayhost=[127.0.0.1]:1'
printf 'Subject: x\n\nhello\n' >"$T/message"
for who in al bo carla; do
	sendmail -f $who "$who@far.example" <"$T/message"
done

# boxes: where the messages are
boxes()
{
	mailq --json | sed 's/.*"queue_name":"\([a-z]*\)".*"sender":"\([a-z]*\).*/\2=\1/' | tr '\n' ' '
}

for action in --show --hold --delete --requeue; do
	t_expect_exit 64 mailq $action
	t_like "$(cat "$T/err")" 'which messages' "$action does nothing to all unless it is asked to"
done
t_is "$(boxes)" 'al=new bo=new carla=new ' 'and did not'

t_expect_exit 0 mailq --hold --sender 'bo@*'
t_is "$(boxes)" 'al=new bo=hold carla=new ' '--hold'
t_like "$(mailq --sender 'bo*')" '^[0-9A-Z]{16}! ' 'what is held has a mark'
t_relay
t_is "$(boxes)" 'al=deferred bo=hold carla=deferred ' 'it is not tried'
t_expect_exit 0 mailq --flush
t_is "$(boxes)" 'al=deferred bo=hold carla=deferred ' '--flush leaves it alone'
due=$(mailq --json --sender 'al*' | sed 's/.*"next_attempt":\([0-9]*\).*/\1/')
[ "$due" -le "$(date +%s)" ] && t_ok '--flush: the others are due now' || t_fail '--flush: the others are due now'
t_expect_exit 0 mailq --release --recipient 'bo@*'
t_is "$(boxes)" 'al=deferred bo=deferred carla=deferred ' '--release'
t_expect_exit 0 mailq --hold --sender '*'
t_is "$(boxes)" 'al=hold bo=hold carla=hold ' "--sender '*' is all"
t_expect_exit 0 mailq --requeue --sender 'al*'
t_is "$(boxes)" 'al=deferred bo=hold carla=hold ' '--requeue takes it from hold'
t_expect_exit 0 mailq --release
t_is "$(boxes)" 'al=deferred bo=deferred carla=deferred ' '--release alone is all'

id=$(mailq --json --sender 'al*' | sed 's/.*"queue_id":"\([^"]*\)".*/\1/')
t_expect_exit 0 mailq --show "$id"
t_is "$(head -n 1 "$T/out")" "*** envelope of deferred/$id ***" '--show: where it is'
t_like "$(cat "$T/out")" '^sender <al@test\.example>' '--show: the envelope'
t_like "$(cat "$T/out")" '^Subject: x' '--show: the header'
t_like "$(cat "$T/out")" '^log [0-9]+ Q 4\.4\.1 0 ' '--show: the journal'
t_unlike "$(cat "$T/out")" '^hello' '--show: not the body'
t_expect_exit 0 mailq --show -v "$id"
t_like "$(cat "$T/out")" '^hello' '--show -v: the body, too'

# An action wakes a relay, or starts one.
t_conf delivery_mode=interactive 'relayhost=[127.0.0.1]:1'
t_expect_exit 0 mailq --flush "$id"
t_like "$(mailq "$id")" '\(2 attempts' '--flush: tried at once'
t_like "$(mailq --sender 'bo*')" '\(1 attempt,|not tried|\(1 attempt' '--flush ID: the others are not'

t_expect_exit 0 mailq --delete "$id"
t_is "$(boxes)" 'bo=deferred carla=deferred ' '--delete'
t_expect_exit 66 mailq --delete "$id"
t_conf delivery_mode=queue
second=$(mailq --json --sender 'bo*' | sed 's/.*"queue_id":"\([^"]*\)".*/\1/')
t_expect_exit 66 mailq --hold "$id" "$second"
t_is "$(boxes)" 'bo=hold carla=deferred ' 'one unknown id does not save the others'

# Set aside by mistake, or damaged for good.
mv "$SPOOL/hold/$second" "$SPOOL/corrupt/$second"
t_expect_exit 0 mailq --show "$second"
t_expect_exit 0 mailq --requeue "$second"
t_is "$(boxes)" 'bo=deferred carla=deferred ' '--requeue takes it from corrupt'
printf 'garbage \033[2J' >"$SPOOL/corrupt/1K000000000000XX"
chmod 600 "$SPOOL/corrupt/1K000000000000XX"
t_expect_exit 65 mailq --requeue 1K000000000000XX
t_expect_exit 0 mailq --show 1K000000000000XX
t_is "$(cat "$T/out")" 'garbage \033[2J' '--show: what is damaged, escaped'
t_expect_exit 0 mailq --delete 1K000000000000XX
t_is "$(ls "$SPOOL/corrupt")" '' '--delete: what is damaged'
t_expect_exit 0 mailq --delete --sender '*'
t_is "$(mailq | head -n 1)" 'Mail queue is empty' "--delete --sender '*': all"
t_done
