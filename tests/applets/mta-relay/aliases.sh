#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Local delivery through aliases and forward files: commands and their exit codes, files, loops, and lists of which
# one member fails.
. "${0%/*}/../../support/lib.sh"
t_init
t_start smtp "${LETTERBOX%/*}/tests/fakesmtp" --log "$T/smtp.said" RCPT/3='450 4.2.1 Later'
t_port smtp || t_done
t_conf delivery_mode=queue "relayhost=[127.0.0.1]:$PORT"
# Whoever runs commands and writes files for an alias file of root's.
mkdir -m 1777 "$T/drop"
cat >"$T/aliases" <<A
ok: |cat >$T/drop/taken
tempfail: "|exit 75"
nouser: "|echo nobody of that name; exit 67"
killed: "|kill -9 \$\$"
file: $T/drop/mbox
folder: $T/drop/folder/
list: bo, carla, one@far.example, two@far.example, three@far.example
owner-list: carla
round: bo
A

post()
{
	printf 'Subject: %s\n\nFrom here\n' "$1" | sendmail -i -f al@test.example "$@" || t_fail "$1 is queued"
}

outcome()
{
	post "$1"
	mta-relay --once --json >"$T/out" 2>&1
	sed -n 's/.*"status":"\([a-z]*\)","reply":\([0-9]*\),"dsn":"\([0-9.]*\)".*"text":"\([^"]*\)".*/\1 \2 \3 \4/p' "$T/out" | head -n 1
}

t_is "$(outcome ok)" 'sent 250 2.0.0 delivered to command' 'a command'
t_like "$(cat "$T/drop/taken")" '^From al@test\.example  [A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} [0-9]{4}$' 'reads a From line'
t_like "$(cat "$T/drop/taken")" '^Return-Path: <al@test\.example>$' 'the sender'
t_like "$(cat "$T/drop/taken")" '^Delivered-To: ok@test\.example$' 'the recipient'
t_like "$(cat "$T/drop/taken")" '^Subject: ok$' 'and the message'
t_is "$(outcome tempfail)" 'deferred 451 4.3.0 command exited with 75 (temporary failure)' 'EX_TEMPFAIL waits'
t_is "$(outcome nouser)" 'bounced 550 5.1.1 command exited with 67 (user unknown): nobody of that name' 'EX_NOUSER bounces'
t_is "$(outcome killed)" 'deferred 451 4.3.0 command was ended by signal 9' 'a signal is no verdict'
t_like "$(outcome file)" "^sent 250 2.0.0 delivered to $T/drop/mbox" 'a file'
t_like "$(cat "$T/drop/mbox")" '^>From here$' 'is an mbox, quoted'
t_like "$(outcome folder)" "^sent 250 2.0.0 delivered to $T/drop/folder/" 'a directory'
t_is "$(find "$T/drop/folder/new" -type f | wc -l)" 1 'is a Maildir'
find "$SPOOL/deferred" -type f -delete

# A loop is permanent: the sender hears of it.
post round zero@far.example
sed -i 's/^round: .*/round: about\nabout: round/' "$T/aliases"
mta-relay --once --json >"$T/out" 2>&1
t_like "$(cat "$T/out")" '"recipient":"round@test.example".*"status":"bounced","reply":554,"dsn":"5.4.6"' 'aliases that go round'
t_like "$(t_newest al)" '^Status: 5\.4\.6$' 'are reported'

# The list: two@far.example is put off, and it alone is tried again; its failure is carla's business.
post list
mta-relay --once --json >"$T/out" 2>"$T/err"
t_is "$(grep -c '"status":"sent"' "$T/out")" 4 'four of five have it'
t_is "$(grep -c '"status":"deferred"' "$T/out")" 1 'one is to wait'
id=$(ls "$SPOOL/deferred")
t_is "$(sed -n 's/^done 0 //p' "$SPOOL/deferred/$id" | sort | tr '\n' ' ')" \
	'mailbox:bo mailbox:carla remote:one@far.example remote:three@far.example ' 'the journal knows who is done'
# It is due now.
touch "$SPOOL/deferred/$id"
mta-relay --once --json >"$T/out" 2>"$T/err"
t_is "$(sed -n 's/.*"recipient":"\([^"]*\)".*"status":"\([^"]*\)".*/\1 \2/p' "$T/out")" 'two@far.example sent' 'the next run tries that one'
t_is "$(t_mail_count bo) $(t_mail_count carla) $(t_queue_count)" '1 1 0' 'nobody has it twice'
t_is "$(grep -c 'MAIL FROM:<owner-list@test.example>' "$T/smtp.said")" 2 'the list is sent in the name of its owner'
t_like "$(t_newest bo)" '^Return-Path: <owner-list@test\.example>$' 'also to mailboxes'
t_is "$(grep -c '^[0-9]* RCPT TO:<two@far.example>' "$T/smtp.said")" 2 'as often as needed'

# ~/.forward. A command of a user who is root has the rights of default_privs.
printf '\\al, |cat >%s/drop/copy\n' "$T" >"$T/home/al/.forward"
chmod 600 "$T/home/al/.forward"
chmod 700 "$T/home/al"
rm -rf "$T/home/al/Maildir"
post al
t_relay
t_is "$(t_mail_count al)" 1 'a forward file keeps a copy'
t_is "$(grep -c '^Subject: al$' "$T/drop/copy")" 1 'and runs a command'
t_unlike "$(id -u) $(stat -c %u "$T/drop/copy")" '^0 0$' 'which is not root'

# Delivered-To: what has been here before.
printf 'Delivered-To: bo@test.example\nSubject: again\n\n' |
	sendmail -i -f al@test.example bo@test.example one@far.example
mta-relay --once --json >"$T/out" 2>&1
t_like "$(cat "$T/out")" 'bo@test.example.*"status":"bounced".*"dsn":"5.4.6".*mail forwarding loop for bo@test.example' \
	'a message that comes back is a loop'
t_done
