#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The examples of mimepack(1), makemime(1) and mpack(1).
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/manual.sh"
t_init
t_conf
"$TOP/tests/support/smimecerts" "$T/certs" >/dev/null 2>&1
cd "$T" || exit 1
printf 'plain\n' | tee news.txt msg.txt >invitation.txt
printf '<p>plain <img src="cid:logo.png@mimepack"></p>\n' | tee news.html >msg.html
printf '\211PNG\r\n\032\n' >logo.png
printf 'GIF89a\0\1' >attachment.gif
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
for page in mimepack makemime mpack; do
	manual_run $page.1
	t_is "$(wc -l <examples)" "$(case $page in mimepack) echo 7 ;; makemime) echo 8 ;; mpack) echo 2 ;; esac)" \
		"all examples of $page(1)"
done
t_is "$(t_mail_count al) $(t_mail_count bo)" '2 2' 'what they send arrives'
t_like "$("$TOP/tests/support/structure.py" meeting.eml | sed -n 3p)" '^  text/calendar ' 'the invitation is one'
t_like "$("$TOP/tests/support/structure.py" output.msg | tail -n 1)" '^  image/gif base64 attachment$' 'and the multipart'
cp same.eml before
sh -c "$(manual_examples mimepack.1 | grep SOURCE_DATE_EPOCH)"
t_same same.eml before 'the same bytes each time'
t_done
