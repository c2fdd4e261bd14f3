#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What a person reads of a message; what lint finds in it; the message without that. And the examples of the manual.
. "${0%/*}/../../support/lib.sh"

t_init
cd "$T" || exit 1
cat >m <<'END'
From: =?utf-8?q?J=C3=B6rg?= <j@a.example>
To: bo@b.example
Subject: =?iso-8859-1?q?Gr=FC=DFe?=
Date: Sun, 22 Nov 2026 06:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=iso-8859-1; format=flowed
Content-Transfer-Encoding: quoted-printable

A line that=20
flows, gr=FC=DFend.
--c
Content-Type: text/html

<p>not this</p>
--c--
--b
Content-Type: message/rfc822

Subject: within
Content-Type: text/html; charset=utf-8

<p>inner <b>text</b></p>
--b
Content-Type: text/plain
Content-Disposition: attachment; filename=x

not this
--b--
END
t_run mimeunpack --text m
t_is "$STATUS" 0 'the body is printed'
t_is "$(cat out)" 'A line that flows, grüßend.

Subject: within

inner text' 'the best alternative, paragraphs joined, in UTF-8; a message within with its header'
t_run mimeunpack -T -H m
t_is "$(head -n 5 out)" 'Date: Sun, 22 Nov 2026 06:00:00 +0000
From: Jörg <j@a.example>
To: bo@b.example
Subject: Grüße' '-H has the header in front'
t_run mimeunpack -T <m
t_is "$(wc -l <out)" 5 'from standard input'
printf 'Content-Type: text/plain; charset=utf-8\n\na\377b\n' >broken
t_run mimeunpack -T broken
t_is "$(cat out)" 'a�FFb' 'a byte that is no character is seen'

# lint
t_run mimeunpack --lint m
t_is "$STATUS" 1 'lint has something to say'
t_is "$(cat out)" 'm:25: violation: part 2.1: there is no Date [date-missing, RFC 5322 3.6]
m:25: violation: part 2.1: there is no From [from-missing, RFC 5322 3.6]
m:25: violation: part 2.1: there are MIME fields but no MIME-Version [mime-version-missing, RFC 2045 4]' \
	'with file, line, part, code and reference'
t_run mimeunpack --lint --json m
t_is "$(python3 -c '
import json, sys
for line in sys.stdin:
    f = json.loads(line)
    print(f["line"], f["part"], f["kind"], f["code"], f["mended"])' <out)" '25 2.1 violation date-missing False
25 2.1 violation from-missing False
25 2.1 violation mime-version-missing True' 'as JSON'
printf 'From: a@b.example\nDate: Sun, 22 Nov 2026 06:00:00 +0000\n\nx\n' >clean
t_expect_exit 0 mimeunpack --lint clean
t_is "$(cat out)" '' 'of a good message nothing is said'
t_expect_exit 3 mimeunpack --lint --max-depth 1 m

# normalise
cat >odd <<'END'
From: a@b.example
Date: Sun, 22 Nov 2026 06:00:00 +0000
Content-Type: multipart/mixed; boundary=b; boundary=c

--b
Content-Type: text/plain; name=evil.exe
Content-Disposition: attachment; filename=safe.txt; filename=other.exe

one
--bb
--b
two
END
t_run mimeunpack --lint odd
t_is "$(sed 's/.*\[\([a-z0-9-]*\).*/\1/' out | tr '\n' ' ')" \
	'boundary-twice parameter-twice mime-version-missing parameter-twice names-differ boundary-like no-field header-cut unclosed ' \
	'what programs read differently is named'
t_run mimeunpack --normalise odd
cp out normal
t_is "$STATUS" 0 'it is normalised'
t_run mimeunpack --lint normal
t_is "$(cat out)" '' 'and then clean'
t_run mimeunpack --normalise normal
t_same out normal 'normalised again it is the same'
t_is "$(mimeunpack -O -p 1 odd)" "$(mimeunpack -O -p 1 normal)" 'contents stay'
t_run mimeunpack --normalise <odd
t_same out normal 'from standard input'
t_expect_exit 3 mimeunpack --normalise --max-depth 1 m
[ -s out ] && t_fail 'nothing is written of what cannot be' || t_ok 'nothing is written of what cannot be'

# Examples of mimeunpack(1): each line that begins with "$", in a directory that has what they speak of.
mkdir -p examples/Maildir/cur examples/Maildir/new
cp m examples/message.eml
cp m examples/Maildir/new/1
cp "$TOP/tests/fuzz/corpus/tnef/full" examples/winmail.dat
sed -n '/^\.Sh EXAMPLES/,/^\.Sh/s/^\.Dl \$ //p' "$TOP/man/mimeunpack.1" | sed -e "s|\\\\(dq|\"|g" >commands
t_is "$([ "$(wc -l <commands)" -ge 5 ] && echo enough)" enough 'the manual has examples'
while read -r command; do
	(cd examples && sh -c "$command") >out 2>err </dev/null
	status=$?
	[ "$status" -le 1 ] && t_ok "example: $command" || {
		t_fail "example: $command"
		t_note <err
	}
done <commands
t_is "$(LC_ALL=C ls examples/attachments)" x 'they do what they say'
t_done
