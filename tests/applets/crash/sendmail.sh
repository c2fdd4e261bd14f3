#!/bin/sh
# SPDX-License-Identifier: ISC
#
# sendmail, whatever fails and wherever it ends: exit status 0 means that there is one whole message, another one that
# there is none. Ended from outside, there is at most one, whole. The queue it leaves can be worked on.
# shellcheck disable=SC2317 # called by faults_walk
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/faults.sh"

faults_init
faults_message one
faults_places

prepare()
{
	rm -rf "$SPOOL" "$T/home/al" "$T/home/bo" "$T/home/carla"
}

# accepted NUMBER HOW TEXT: is the number of messages as the exit status says?
accepted()
{
	if [ "$STATUS" -eq 0 ]; then
		[ "$1" -eq 1 ] || violated "success, and $1 messages $3"
	elif is_end "$2"; then
		[ "$1" -le 1 ] || violated "$1 messages $3"
	else
		[ "$1" -eq 0 ] || violated "an error, and $1 messages $3"
	fi
}

attempt()
{
	LETTERBOX_CONF=$T/away.conf faults_run sendmail -i -f sender@test.example al@later.example <"$T/one"
}
check()
{
	in_spool
	queued=$FILES
	accepted "$queued" "$1" 'in the queue'
	deliver_here
	whole_in al one
	[ "$FILES" -eq "$queued" ] || violated "$queued messages in the queue and then $FILES in the mailbox"
	in_spool
	[ "$FILES" -eq 0 ] || violated "$FILES messages stay in the queue"
}
faults_walk 'sendmail into the queue'

check_durable()
{
	faults_none
	for dir in "$@"; do
		for file in "$dir"/*; do
			if [ -e "$file" ]; then durable "$file"; else echo "there is no $file"; fi
		done
	done
}
t_is "$(check_durable "$SPOOL/new")" '' 'what sendmail has queued is on the disk, with all names on the way'

attempt()
{
	LETTERBOX_CONF=$T/here.conf faults_run sendmail -i -f sender@test.example al@later.example <"$T/one"
}
check()
{
	whole_in al one
	delivered=$FILES
	in_spool
	accepted $((delivered + FILES)) "$1" 'in mailbox and queue'
	deliver_here
	whole_in al one
	[ "$STATUS" -ne 0 ] || [ "$FILES" -eq 1 ] || violated "$FILES messages in the mailbox in the end"
}
faults_walk 'sendmail into a Maildir'
t_is "$(check_durable "$T/home/al/Maildir/new")" '' \
	'what sendmail has delivered is on the disk, with all names on the way'

# One message for three mailboxes: all or none, unless the process is ended between them.
attempt()
{
	LETTERBOX_CONF=$T/here.conf faults_run sendmail -i -f sender@test.example al@later.example bo@later.example \
		carla@later.example <"$T/one"
}
check()
{
	deliver_here
	for user in al bo carla; do
		whole_in "$user" one
		accepted "$FILES" "$1" "for $user"
	done
}
faults_walk 'sendmail into three Maildirs'
t_is "$(check_durable "$T/home/al/Maildir/new" "$T/home/bo/Maildir/new" "$T/home/carla/Maildir/new")" '' \
	'what sendmail has delivered to three is on the disk'

t_done
