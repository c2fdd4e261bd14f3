#!/bin/sh
# SPDX-License-Identifier: ISC
#
# VERP: a sender for each recipient, asked for with sendmail -XV or by XVERP, and what comes back.
# shellcheck disable=SC2154 # t_pid is set there
. "${0%/*}/../../support/lib.sh"
t_init
mkdir "$T/taken"
t_start sink "${LETTERBOX%/*}/tests/bench/sink" --save "$T/taken"
t_port sink || t_done
sink=$PORT
t_conf delivery_mode=queue "relayhost=[127.0.0.1]:$sink" recipient_delimiter=+
printf 'Subject: news\n\nhello\n' >"$T/message"

# senders: whom the sink was given the message for, and from whom.
senders()
{
	cat "$T"/taken/*.envelope | sed 's/ SIZE=.*//; s/ ORCPT=.*//' | paste -d ' ' - - | sort
	rm -f "$T"/taken/*
}

t_expect_exit 0 sendmail -XV -f al@test.example x@far.example bo@test.example y@far.example <"$T/message"
t_is "$(find "$SPOOL/new" -type f | wc -l | tr -d ' ')" 1 'it is one message in the queue'
t_relay
t_is "$(senders)" 'MAIL FROM:<al+x=far.example@test.example> RCPT TO:<x@far.example>
MAIL FROM:<al+y=far.example@test.example> RCPT TO:<y@far.example>' 'each recipient gets it from a sender of its own'
t_is "$(t_newest bo | head -n 1)" 'Return-Path: <al+bo=test.example@test.example>' 'one with a mailbox here, too'

t_expect_exit 0 sendmail -XV-= -f al@test.example reject@far.example x@far.example <"$T/message"
t_relay
t_is "$(senders)" 'MAIL FROM:<al-x=far.example@test.example> RCPT TO:<x@far.example>' 'with other delimiters'
t_like "$(cat "$T/relay.out")" 'undeliverable bounce kept in .*: <al-reject=far.example@test.example>' 'what is refused goes back to that sender'
t_is "$(t_mail_count al)" 0 'who is not al'
t_expect_exit 0 sendmail -XV -f al@test.example reject@far.example <"$T/message"
t_relay
t_like "$(t_newest al)" '^X?-?Delivered-To: al\+reject=far\.example@test\.example$' 'with recipient_delimiter it is al all the same'

for bad in -XVx -XVxy -XV+=-; do
	t_expect_exit 64 sendmail $bad -f al@test.example x@far.example <"$T/message"
done
t_expect_exit 64 sendmail -XV -f '' x@far.example <"$T/message"

# Over SMTP: whom that is offered, and the address by which the client knows the recipient.
t_conf delivery_mode=queue "relayhost=[127.0.0.1]:$sink" "canonical_maps=$T/canonical" default_verp_delimiters=-=
echo 'al@test.example al.b@far.example' >"$T/canonical"
t_start_smtpd --listen 127.0.0.1:0
python3 - "$PORT" <<'P' >"$T/out" 2>&1
import smtplib, sys
s = smtplib.SMTP("127.0.0.1", int(sys.argv[1]))
s.ehlo()
assert s.has_extn("xverp"), s.esmtp_features
s.sendmail("list@test.example", ["al@test.example", "z@far.example"], "Subject: x\n\ny\n", mail_options=["XVERP"])
for option, sender, code in (("XVERP==", "list@test.example", 501), ("XVERP=", "list@test.example", 501),
			     ("XVERP=ab", "list@test.example", 501), ("XVERP", "", 503)):
	got = s.mail(sender, [option])[0]
	assert got == code, (option, sender, got)
	s.rset()
P
t_is "$?" 0 'XVERP is offered to a client in mynetworks'
t_note <"$T/out"
t_relay
t_is "$(senders)" 'MAIL FROM:<list-al=test.example@test.example> RCPT TO:<al.b@far.example>
MAIL FROM:<list-z=far.example@test.example> RCPT TO:<z@far.example>' 'the sender has the address that was given'
t_done
