#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Servers that take their time, RFC 5321 4.5.3.2: how long each reply is waited for if nothing else is set, that each
# has a time of its own, and what becomes of a message when it is over.
# shellcheck disable=SC2154 # t_pid is set there
. "${0%/*}/../../support/lib.sh"
t_init
fake=${LETTERBOX%/*}/tests/fakesmtp

# The RFC's least: greeting, MAIL, RCPT 5 minutes, DATA 2, a piece of the message 3, its end 10.
t_conf
for least in smtp_helo_timeout:300 smtp_mail_timeout:300 smtp_rcpt_timeout:300 smtp_data_init_timeout:120 \
	smtp_data_xfer_timeout:180 smtp_data_done_timeout:600; do
	value=$(letterbox config -h "${least%:*}")
	t_is "$([ "${value%s}" -ge "${least#*:}" ] && echo enough)" enough "${least%:*} is $value"
done

# slow RULE [NAME=VALUE...]: a server that does so, and one message to it; the outcome.
slow()
{
	t_start slow "$fake" --log "$T/slow.said" "$1"
	t_port slow || t_done
	shift
	rm -rf "$SPOOL"
	t_conf delivery_mode=queue "relayhost=[127.0.0.1]:$PORT" smtp_helo_timeout=1 smtp_mail_timeout=1 smtp_rcpt_timeout=1 \
		smtp_data_init_timeout=1 smtp_data_xfer_timeout=1 smtp_data_done_timeout=1 smtp_tls_security_level=none "$@"
	printf 'Subject: x\n\nbody\n' | sendmail -i -f al@test.example a@far.example
	mta-relay --once --json >"$T/slow.json" 2>&1
	t_stop "$t_pid"
	sed -n 's/.*"status":"\([a-z]*\)".*/\1/p' "$T/slow.json"
}

# The default of one would be enough for none of the others.
for step in CONNECT:smtp_helo EHLO:smtp_helo MAIL:smtp_mail RCPT:smtp_rcpt DATA:smtp_data_init .:smtp_data_done; do
	t_is "$(slow "${step%:*}=@1500" "${step#*:}_timeout=30")" sent "a reply to ${step%:*} that takes its time"
	t_is "$(slow "${step%:*}=@3000")" deferred "${step%:*}: and one that takes too long"
	t_is "$(t_queue_count)" 1 'the message waits'
done
for step in CONNECT EHLO MAIL RCPT DATA .; do
	t_is "$(slow "$step=!421 4.3.2 Going down")" deferred "421 to $step"
	t_is "$(t_queue_count)" 1 'the message waits'
done
t_done
