#!/bin/sh
# SPDX-License-Identifier: ISC
#
# More messages than the process may have open files: all are delivered, as none takes the descriptor of a worker.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf
t_start_smtpd || t_done
t_conf "relayhost=[127.0.0.1]:$SMTP_PORT" mydestination=nothing.example delivery_mode=queue "queue_directory=$T/spool2"
# shellcheck disable=SC2034 # t_queue_count reads it
SPOOL=$T/spool2
printf 'Subject: x\n\nhello\n' >"$T/message"
n=0
while [ "$n" -lt 60 ]; do
	sendmail -f al@test.example al@test.example <"$T/message" || t_fail 'a message is queued'
	n=$((n + 1))
done
t_is "$(t_queue_count)" 60 '60 messages wait'
# shellcheck disable=SC3045 # dash has it, and BusyBox
(ulimit -n 40 && exec timeout 60 mta-relay --once) >"$T/out" 2>&1
t_is "$?" 0 'with 40 open files the relay comes to an end'
t_note <"$T/out"
t_is "$(t_queue_count) $(t_mail_count al)" '0 60' 'and all are delivered'
t_done
