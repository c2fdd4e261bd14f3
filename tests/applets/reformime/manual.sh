#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The examples of reformime(1) and munpack(1): each line that begins with "$", in a directory that has what they speak of.
. "${0%/*}/../../support/lib.sh"
t_init
mkdir "$T/examples"
cd "$T/examples" || exit 1
mkdir attachments

cat >message.eml <<'END'
From: al@example.org
Subject: the plan
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b

see below
--b
Content-Type: application/pdf; name=plan.pdf
Content-Disposition: attachment; filename=plan.pdf
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--b--
END
cat >bounce.eml <<'END'
From: MAILER-DAEMON@example.org
Subject: not delivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

sorry
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; bo@example.net
Action: failed
Status: 5.1.1

--b--
END
for page in reformime munpack; do
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh/s/^\.Dl \$ //p' "$TOP/man/$page.1" >commands
	t_is "$([ -s commands ] && echo some)" some "$page(1) has examples"
	while read -r command; do
		t_run sh -c "$command"
		t_is "$STATUS" 0 "example: $command"
		t_note <"$T/err"
		cp "$T/out" last
	done <commands
	[ "$page" = munpack ] || t_like "$(cat last)" '^failed .*bo@example\.net' 'who did not get it'
done
t_is "$(cat plan.pdf)" '%PDF-1.4' 'the second part'
t_is "$(find attachments -name '*plan.pdf' -exec cat {} + | sort -u)" '%PDF-1.4' 'the files of a message'
t_done
