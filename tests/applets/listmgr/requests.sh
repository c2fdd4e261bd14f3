#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What people ask of a list by mail, on the whole way: sendmail or SMTP in, the relay, listmgr, the queue, a mailbox.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf myhostname=m.example.org myorigin=example.org mydestination=example.org

listmgr create --owner bo@example.org --description 'Who meets on Friday' friends archive_access=public >/dev/null
L=$SPOOL/lists/friends

# newest USER: the file of the message that came last.
newest() { find "$T/home/$1/Maildir/new" "$T/home/$1/Maildir/cur" -type f -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-; }
# field NAME FILE
field() { sed -n -e ':a' -e "/^$1: /{N;s/\n[ \t]/ /;ta" -e 's/\n.*//;p}' "$2" | sed -n "s/^$1: //p" | head -n 1; }
# settle: until all is delivered, by whichever relay.
is_empty() { mta-relay --once && [ -z "$(mailq --json)" ]; }
settle() { t_wait 20 is_empty; }
# send_as USER ADDRESS [BODY [FIELD...]]: and all that follows is done.
send_as()
{
	from=$1 to=$2 body=${3-}
	shift 2
	[ $# -eq 0 ] || shift
	{ printf 'From: %s Green <%s@example.org>\nTo: <%s>\n' "$from" "$from" "$to"; [ $# -eq 0 ] || printf '%s\n' "$@"
	  printf '\n%s\n' "$body"; } | sendmail -f "$from@example.org" -odd "$to"
	settle
}
# count USER WANT TEXT
count() { t_is "$(t_mail_count "$1")" "$2" "$3"; }

send_as al friends+subscribe@example.org 'please'
count al 1 'who asks is asked'
confirm=$(field Reply-To "$(newest al)")
t_like "$confirm" '^friends\+confirm-[0-9a-z]{19}-al=example.org@example.org$' 'the question has a signed address'
t_is "$(cat "$L/members" 2>/dev/null)" '' 'and nobody is on the list yet'

# An auto-reply confirms nothing.
send_as al "$confirm" 'I am away' 'Auto-Submitted: auto-replied' 'Subject: Re: friends'
t_is "$(cat "$L/members" 2>/dev/null)" '' 'an auto-reply does not confirm'
send_as al "$confirm" '> please confirm' 'Subject: Re: friends: please confirm your subscription'
t_like "$(cat "$L/members")" '^al@example.org since=[-0-9]+ name="al Green"$' 'a plain reply does'
count al 2 'and is welcomed'
t_is "$(field Subject "$(newest al)")" 'Welcome to friends' 'by the list'
send_as al "$confirm"
count al 2 'confirming again does nothing'

# By SMTP: guesses are refused at RCPT.
printf 'EHLO c\r\nMAIL FROM:<x@example.net>\r\nRCPT TO:<%s>\r\nRCPT TO:<friends+confirm-0000000000000000000-x=example.net@example.org>\r\nQUIT\r\n' \
	"$confirm" | smtpd >"$T/out" 2>/dev/null
t_is "$(grep -c '^250 2.1.5' "$T/out") $(grep -c '^550 5.7.1' "$T/out")" '1 1' 'smtpd takes what was given out, and no guess'

send_as al listmgr@example.org "$(printf 'lists\ninfo friends\nset friends digest\nset friends mail\nhelp ../../../../etc/passwd\nend\nnonsense')"
count al 3 'commands are answered in one message'
answer=$(cat "$(newest al)")
t_like "$answer" '^friends@example.org  Who meets on Friday$' 'lists'
t_like "$answer" '^Your options for friends: digest$' 'set'
t_like "$answer" '^Your options for friends: mail$' 'set back'
t_unlike "$answer" 'root:|nonsense|passwd' 'nothing else'

# Someone else is asked himself, once; who asked for him learns nothing.
for _ in 1 2 3 4 5; do
	send_as al friends+subscribe-carla=example.org@example.org
done
count carla 1 'five times asked for somebody else is one question'
count al 3 'and no answer'

# Owners.
send_as al friends+owner@example.org 'Who are you?'
count bo 1 'mail for the owners comes to them'
send_as bo friends-request@example.org 'add carla@example.org'
t_is "$(grep -c carla "$L/members")" 0 'an owner has to confirm'
question=$(grep -l 'Subject: friends: add carla' "$T/home/bo/Maildir/new/"* | head -n 1)
send_as bo "$(field Reply-To "$question")" '' 'Subject: Re: friends: add carla@example.org?'
t_is "$(grep -c carla "$L/members")" 1 'and does by a reply'

# Leaving, by the subject of a message without text.
before=$(t_mail_count al)
send_as al friends-request@example.org '' 'Subject: signoff'
count al $((before + 1)) 'who leaves is asked'
send_as al "$(field Reply-To "$(newest al)")"
t_is "$(grep -c '^al@' "$L/members")" 0 'and leaves'
t_like "$(cat "$L/log")" 'unsubscribed al@example.org' 'which is in the log'
t_is "$(mailq --json)" '' 'nothing is left in the queue'

# From an alias of another mail system, with its variables.
printf 'From: al@example.org\n\n' | SENDER=al@example.org RECIPIENT=buddies+help@example.org EXTENSION=help \
	listmgr deliver friends >"$T/out" 2>&1
t_is "$?" 0 'deliver takes a message of a |command'
settle
t_is "$(field Subject "$(newest al)")" 'friends: what this list can do' 'the extension says what is asked'
t_done
