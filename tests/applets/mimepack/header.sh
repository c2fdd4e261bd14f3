#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The fields of the header; that nothing gets into it; the same bytes each time.
. "${0%/*}/../../support/lib.sh"
t_init
cd "$T" || exit 1
nl='
'
printf 'hello\n' >text

t_run mimepack --from 'José Müller <jose@b.example>' --sender s@b.example --reply-to r@b.example \
	--to 'a@b.example, "Last, First" <c@d.example>' --to e@f.example --cc g@h.example --bcc i@j.example \
	--subject 'Grüße aus Köln' --date '@86400' --message-id '<1@b.example>' --in-reply-to '<0@b.example>' \
	--references '<a@b.example> <0@b.example>' --header 'X-Test: ä' --header 'List-Id: <l.b.example>' <text
t_is "$STATUS" 0 'all fields'
cat >want <<'END'
From: =?UTF-8?B?Sm9zw6kgTcO8bGxlcg==?= <jose@b.example>
Sender: s@b.example
Reply-To: r@b.example
To: a@b.example, "Last, First" <c@d.example>, e@f.example
Cc: g@h.example
Bcc: i@j.example
Subject: =?UTF-8?B?R3LDvMOfZQ==?= aus =?UTF-8?B?S8O2bG4=?=
Date: Fri, 2 Jan 1970 00:00:00 +0000
Message-ID: <1@b.example>
In-Reply-To: <0@b.example>
References: <a@b.example> <0@b.example>
X-Test: =?UTF-8?B?w6Q=?=
List-Id: <l.b.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii

hello
END
t_same out want 'in this order, encoded where needed'

t_run mimepack --utf8 --to 'ü@ü.example' --subject Grüße --date @0 <text
t_like "$(cat out)" '^To: ü@ü.example$' 'SMTPUTF8: addresses as they are'
t_like "$(cat out)" '^Subject: Grüße$' 'and text'
t_expect_exit 64 mimepack --to 'ü@ü.example' <text
t_like "$(cat err)" '^mimepack: To: "..*" is no address$' 'which is no address without it'

for date in 'Fri, 2 Jan 1970 00:00:00 +0000' 1970-01-02T00:00:00Z @86400; do
	t_run mimepack --date "$date" <text
	t_like "$(cat out)" '^Date: Fri, 2 Jan 1970 00:00:00 \+0000$' "the date $date"
done
t_expect_exit 64 mimepack --date tomorrow <text
SOURCE_DATE_EPOCH=0 mimepack <text >out
t_like "$(cat out)" '^Date: Thu, 1 Jan 1970 00:00:00 \+0000$' 'SOURCE_DATE_EPOCH'
mimepack <text >out
t_like "$(cat out)" "^Date: .* $(date -u +%Y) " 'else it is now'

# Nothing gets in.
for bad in "x${nl}Bcc: evil@x.example" "$(printf 'x\rBcc: evil@x.example')" "$(printf 'x\033[2J')"; do
	for option in --subject --to --from --cc --bcc --reply-to --sender --message-id --in-reply-to --references --date; do
		t_expect_exit 64 mimepack $option "$bad" <text
	done
	t_expect_exit 64 mimepack --header "X-A: $bad" <text
	for option in --type --name --cid --description --disposition --charset --encoding; do
		t_expect_exit 64 mimepack --attach text $option "$bad" <text
	done
	t_is "$(wc -c <out) $(tr -d '\n' <err | od -An -c | grep -c 033)" '0 0' 'nothing was written, and no control character shown'
done
t_expect_exit 64 mimepack --header "X${nl}Y: z" <text
t_expect_exit 64 mimepack --header 'no colon' <text
t_expect_exit 64 mimepack --header 'Content-Type: text/html' <text
t_expect_exit 64 mimepack --header 'MIME-Version: 2.0' <text
t_expect_exit 64 mimepack --to 'a@b@c' <text
t_expect_exit 64 mimepack --attach text --type nonsense <text
t_expect_exit 64 mimepack --attach text --type 'multipart/mixed' <text
t_expect_exit 64 mimepack --attach text --type 'text/plain; boundary' <text
t_expect_exit 64 mimepack --attach text --encoding rot13 <text
cp text "$(printf 'bad\033[2Jname')"
t_expect_exit 64 mimepack --attach "$(printf 'bad\033[2Jname')" <text

# A quoted local part that looks like an address (CVE-2025-13033) stays one.
mimepack --to '"victim@a.example x"@b.example' <text >out
t_like "$(cat out)" '^To: "victim@a.example x"@b.example$' 'a quoted local part is not taken apart'
mimepack --to '=?utf-8?q?=0ABcc:_x=40y?= <a@b.example>' --subject '=?utf-8?q?=0ABcc:_x=40y?=' <text >out
t_is "$(grep -c '^ *Bcc:' out)" 0 'nor does an encoded word bring a line'

# What boundaries look like cannot be brought in.
SOURCE_DATE_EPOCH=0
export SOURCE_DATE_EPOCH
mimepack --seed s --attach text <text >one
mimepack --seed s --attach text <text >two
t_same one two 'the same seed, the same bytes'
mimepack --seed t --attach text <text >two
t_is "$(cmp -s one two || echo other)" other 'another seed, other ones'
mimepack --seed s --message one --attach one --type text/plain <one >two
boundary=$(sed -n 's/^Content-Type: multipart.*boundary="\(.*\)"$/\1/p' two | head -n 1)
t_is "$(sed -n 's/^Content-Type: multipart.*boundary="\(.*\)"$/\1/p' one | grep -cFx -e "$boundary")" 0 \
	'a boundary that is in a part is not used again'
t_is "$("$TOP/tests/support/structure.py" two | grep -c DEFECT)" 0 'and the structure is as it was meant'
t_done
