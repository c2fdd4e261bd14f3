#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Whom it is for: arguments, -t, Bcc, Resent, and nobody.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf delivery_mode=queue

counts()
{
	echo "$(t_mail_count al) $(t_mail_count bo) $(t_mail_count carla)"
}

printf 'To: al\nCc: Bo <bo@test.example>\nBcc: carla\nSubject: x\n\nhello\n' >"$T/all"
t_expect_exit 0 sendmail -t <"$T/all"
t_is "$(counts)" '1 1 1' '-t takes To, Cc and Bcc'
t_is "$(t_newest al | grep -ci '^bcc:')" 0 'Bcc is removed'
t_expect_exit 0 sendmail al <"$T/all"
t_is "$(counts)" '2 1 1' 'without -t only arguments count'
t_is "$(t_newest al | grep -ci '^bcc:')" 0 'Bcc is removed without -t, too'
printf 'To: al\nSubject: x\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail -t bo <"$T/in"
t_is "$(counts)" '3 2 1' 'with -t arguments are added'
printf 'Bcc: al,\n bo\nSubject: x\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail -t <"$T/in"
t_is "$(counts)" '4 3 1' 'Bcc alone, folded, will do'
t_is "$(t_newest al | grep -c '^To: undisclosed-recipients:;')" 1 'the header names nobody then'
printf 'To: carla\nResent-To: al\nResent-From: bo\nSubject: x\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail -t <"$T/in"
t_is "$(counts)" '5 3 1' 'of a message that is sent again, the Resent fields count'
printf 'To: friends: al, bo;\nSubject: x\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail -t <"$T/in"
t_is "$(counts)" '6 4 1' 'a group'
printf 'To: al, Al <AL@test.example>, al@test.example\nSubject: x\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail -t al al,al <"$T/in"
t_is "$(counts)" '7 4 1' 'everybody gets it once'

printf 'Subject: x\n\nhello\n' >"$T/none"
t_expect_exit 64 sendmail -t <"$T/none"
t_like "$(cat "$T/err")" 'no recipient' '-t without recipients says so'
t_expect_exit 64 sendmail <"$T/none"
t_expect_exit 64 sendmail -f al <"$T/none"
t_expect_exit 65 sendmail '' <"$T/none"
t_expect_exit 65 sendmail ' , ' <"$T/none"
t_expect_exit 65 sendmail 'al@' <"$T/none"
t_expect_exit 65 sendmail 'al@@test.example' <"$T/none"
t_expect_exit 67 sendmail nosuch <"$T/none"
t_like "$(cat "$T/err")" 'nosuch@test\.example' 'an unknown user is named'
t_expect_exit 0 sendmail al nosuch <"$T/none"
t_is "$(t_queue_count)" 1 'one of two is unknown: the message is queued, its sender will hear'
t_expect_exit 0 sendmail -odq x@far.example al <"$T/none"
t_is "$(t_queue_count)" 2 'somebody elsewhere: it is queued'
t_is "$(counts)" '7 4 1' 'and not delivered twice'

t_expect_exit 0 sendmail 'al, "bo"@test.example, (x) carla' <"$T/none"
t_is "$(counts)" '8 5 2' 'an argument may be a list as in a header'

# Many: 100,001 in 21 arguments.
rm -f "$SPOOL"/new/*
set --
i=0
while [ $i -lt 100001 ]; do
	last=$((i + 4999))
	[ $last -lt 100001 ] || last=100000
	set -- "$@" "$(seq -f 'u%.0f@f.ee' $i $last | paste -sd, -)"
	i=$((last + 1))
done
t_run sendmail -odq "$@" <"$T/none"
t_is "$STATUS" 0 '100,001 recipients are taken'
t_is "$(cat "$SPOOL"/new/* | grep -c '^rcpt Q')" 100001 'and all in the envelope'
t_done
