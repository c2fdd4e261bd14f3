#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The examples of mimepack(1).
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/manual.sh"
t_init
t_conf
"$TOP/tests/support/smimecerts" "$T/certs" >/dev/null 2>&1
cd "$T" || exit 1
printf 'plain\n' | tee news.txt >invitation.txt
printf '<p>plain <img src="cid:logo.png@mimepack"></p>\n' >news.html
printf '\211PNG\r\n\032\n' >logo.png
printf '%%PDF-1.4\n\0\1' >report.pdf
printf 'PK\003\004x' >figures.xlsx
printf 'a;b\n' >x1
printf 'From: a@b.example\nSubject: plans\n\nplans\n' >plans.eml
printf 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n' >meeting.ics
cp certs/al.pem me.pem
cp certs/al.key me.key
cp certs/bo.pem bo.pem

# Where the system's files stand in an example, ours do; mail for root is al's.
# shellcheck disable=SC2034 # it is manual.sh's
manual_edit="s|/tmp/x1|x1|; s/--to root/--to al/"
manual_run mimepack.1
t_is "$(wc -l <examples)" 7 'all examples of mimepack(1)'
t_is "$(t_mail_count al) $(t_mail_count bo)" '1 1' 'what they send arrives'
t_like "$("$TOP/tests/support/structure.py" meeting.eml | sed -n 3p)" '^  text/calendar ' 'the invitation is one'
cp same.eml before
sh -c "$(manual_examples mimepack.1 | grep SOURCE_DATE_EPOCH)"
t_same same.eml before 'the same bytes each time'
t_done
