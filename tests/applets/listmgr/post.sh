#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Posts by mail and by command, with what members find in their mailboxes; one that is held, and a moderator's reply.
. "${0%/*}/../../support/lib.sh"
t_init
ME=bo
t_conf myorigin=example.org mydestination=example.org list_http_url=https://lists.example.org dns_servers=127.0.0.1:1

L=$SPOOL/lists/friends
# Who kicks a relay finds one, so that none runs but ours.
mkdir -p "$SPOOL"
mkfifo "$SPOOL/trigger"
exec 9<>"$SPOOL/trigger"
t_expect_exit 0 listmgr create --owner boss@example.net friends footer=auto 'subject_prefix=[f %d]' dmarc=none
t_expect_exit 0 listmgr add friends "$ME@example.org" al@example.net

say()
{
	printf 'From: %s\nTo: %s\nSubject: %s\nMessage-ID: <%s@x>\n\nhello\n' "$1" "$2" "$3" "$4"
}

say al+work@example.net friends@example.org 'Re: [f 0] hi' 1 >"$T/m"
t_expect_exit 0 listmgr deliver --sender al@example.net --recipient friends@example.org <"$T/m"
t_relay
t_newest bo >"$T/mail"
t_like "$(cat "$T/mail")" 'Subject: Re: \[f 1\] hi' 'the subject has the mark once'
t_like "$(cat "$T/mail")" "^Return-Path: <friends\+bounces-[0-9a-z]{19}-$ME=example.org@example.org>" 'the sender is the member'"'"'s own'
t_like "$(cat "$T/mail")" '<https://lists.example.org/friends/oneclick-[0-9a-z]{19}-=[0-9a-z]{12}>' 'so is the one-click address'
t_unlike "$(cat "$T/mail")" 'oneclick-0000000000' 'of which the queue file has none'
t_like "$(tail -3 "$T/mail")" 'Leave the list: friends\+unsubscribe@example.org' 'the footer is there'
t_expect_exit 0 listmgr deliver --sender al@example.net --recipient friends@example.org <"$T/m"
t_relay
t_is "$(t_mail_count bo)" 1 'the same message again is not sent'

say eve@example.com friends@example.org cats 2 >"$T/m"
t_expect_exit 0 listmgr deliver --sender eve@example.com --recipient friends@example.org <"$T/m"
t_run listmgr hold friends
t_like "$(cat "$T/out")" 'eve@example.com' 'a stranger'"'"'s message is held'
ID=$(ls "$L/held")
t_run listmgr hold friends "$ID"
t_is "$(cat "$T/out")" "$(cat "$T/m")" 'hold shows it'
ACCEPT=$(grep -aho 'friends+accept-[^@ ]*@example.org' "$SPOOL"/*/* 2>/dev/null | head -n 1)
say boss@example.net "$ACCEPT" 'Re: a message waits' 3 >"$T/reply"
t_expect_exit 77 listmgr deliver --sender boss@example.net \
	--recipient "friends+accept-0000000000000000000-$ID@example.org" <"$T/reply"
t_is "$(ls "$L/held")" "$ID" 'an address that was made up accepts nothing'
t_expect_exit 0 listmgr deliver --sender boss@example.net --recipient "$ACCEPT" <"$T/reply"
t_is "$(ls "$L/held")" '' 'a reply accepts it'
t_relay
t_is "$(t_mail_count bo)" 2 'and it is sent'

say eve@example.com friends@example.org dogs 4 >"$T/m"
t_expect_exit 0 listmgr post friends <"$T/m"
ID=$(ls "$L/held")
t_expect_exit 0 listmgr reject --reason 'No dogs.' friends "$ID"
t_expect_exit 66 listmgr accept friends "$ID"
t_like "$(cat "$SPOOL"/*/* 2>/dev/null)" '^No dogs' 'its author is told'
t_expect_exit 0 listmgr post --approved friends <"$T/m"
t_relay
t_is "$(t_mail_count bo)" 3 'by command it is sent whoever wrote it'
t_expect_exit 0 listmgr post --approved friends <"$T/m"
t_like "$(cat "$T/err")" 'duplicate of post 3' 'but once'
t_done
