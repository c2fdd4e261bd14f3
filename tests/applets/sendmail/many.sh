#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A hundred thousand recipients of one message, handed to the server behind submit.sock.
. "${0%/*}/../../support/lib.sh"
[ "$(id -u)" -eq 0 ] || t_skip_all 'only root can become somebody else'
t_init
t_conf delivery_mode=queue header_size_limit=8M
many=100000
chmod 755 "$T/home"
mkdir "$T/nobody"
chown 65534:65534 "$T/nobody"
t_start submit smtpd --submit
t_wait 10 test -S "$SPOOL/submit.sock" || t_fail 'smtpd --submit makes its socket'
{
	printf 'Subject: many\nBcc: '
	seq -f 'u%.0f@far.example,' -s '
 ' $((many - 1))
	printf ' last@far.example\n\nhello\n'
} >"$T/message"
XDG_STATE_HOME=$T/nobody t_run t_nobody env LETTERBOX_SPOOL="$SPOOL" sendmail -t <"$T/message"
t_is "$STATUS" 0 "$many recipients are accepted"
t_note <"$T/err"
t_is "$(cat "$SPOOL"/new/* | grep -a -c '^rcpt Q ')" "$many" 'each is in the queue, once'
t_is "$(cat "$SPOOL"/new/* | grep -a '^rcpt Q ' | sort -u | wc -l | tr -d ' ')" "$many" 'and is another one'
t_is "$(find "$SPOOL/new" -type f | wc -l | tr -d ' ')" $((many / 1000)) 'smtpd_recipient_limit in a message'
t_is "$(ls "$T/nobody")" '' 'nothing is in the spool of the user'
t_done
