#!/bin/sh
# SPDX-License-Identifier: ISC
#
# reformime's options, on one message; what the real one does with the same is compared in tests/interop.
. "${0%/*}/../../support/lib.sh"

t_init
cd "$T" || exit 1
printf 'From: al@a.example
Subject: =?utf-8?q?Pl=C3=A4ne?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

gr=C3=BCn
--b
Content-Type: image/png; name="../x y.png"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="../x y.png"

QUJDRA==
--b
Content-Type: message/rfc822

Subject: within

text
--b--
' >m
t_run reformime <m
t_is "$STATUS $(tr '\n' ' ' <out)" '0 1 1.1 1.2 1.3 1.3.1 ' 'sections are listed'
t_run reformime -i -s 1.2 <m
t_is "$(cat out)" 'section: 1.2
content-type: image/png
content-name: ../x y.png
content-transfer-encoding: base64
charset: UTF-8
content-disposition: attachment
content-disposition-filename: ../x y.png
starting-pos: 215
starting-pos-body: 348
ending-pos: 356
line-count: 4
body-line-count: 0' 'and described'
t_run reformime -e -s 1.1 <m
t_is "$(cat out)" 'grün' '-e decodes one'
t_run reformime -e -s 1.1,1.2 <m
t_is "$(cat out)" 'grünABCD' 'or several'
t_run reformime -e -s 1.3 <m
t_is "$(head -n 1 out)" 'Subject: within' 'a message comes as it stands'
t_expect_exit 65 reformime -e -s 1.9 <m
t_expect_exit 64 reformime -e <m
mkdir d
t_run reformime -xd/p- <m
t_is "$STATUS $(LC_ALL=C ls d | tr '\n' '|')" '0 p-attachment1.dat|p-attachment2.dat|p-x y.png|' '-x saves all, by safe names'
t_run reformime -x d/q- -s 1.2 <m
t_is "$(cat 'd/q-x y.png')" ABCD "or one; a prefix may be a word, as busybox has it"
t_run reformime -xd/p- -s 1.2 <m
t_is "$(find d -name 'p-x y*' | wc -l)" 2 'what is there stays'
t_expect_exit 75 reformime -xnowhere/ <m
# shellcheck disable=SC2016 # for the program
t_run reformime -s 1.2 -X sh -c 'echo "$CONTENT_TYPE $FILENAME"; cat' <m
t_is "$(tr '\n' ' ' <out)" 'image/png x y.png ABCD' '-X gives it to a program'
t_expect_exit 23 reformime -X sh -c 'exit 3' <m
t_run reformime -X true <m
t_is "$STATUS" 0 'which need not read it'
t_expect_exit 147 reformime -X ./none <m
t_run reformime -u <m
t_like "$(cat out)" '^Subject: Pläne$' '-u decodes headers'
t_like "$(cat out)" '^grün$' 'and texts'

t_run reformime -r7 <m
t_is "$(reformime -e -s 1.1 <out)" 'grün' '-r7 writes it anew'
printf 'Subject: x\n\ngr\303\274n\n' >eight
t_run reformime -r <eight
t_like "$(cat out)" '^Content-Transfer-Encoding: 8bit' '-r labels what is 8bit'
t_run reformime -r7 <eight
t_like "$(cat out)" '^gr=C3=BCn' '-r7 encodes it'
cp out seven
t_run reformime -r8 <seven
t_like "$(cat out)" '^grün' '-r8 decodes it'
t_expect_exit 64 reformime -r9 <m

printf 'm\neight\n' >names
t_run reformime -m <names
t_is "$(reformime <out | tr '\n' ' ')" '1 1.1 1.1.1 1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.3.1 1.2 1.2.1 ' '-m makes a digest'

printf 'MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

no
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; x.example

Final-Recipient: rfc822; a@b.example
Original-Recipient: rfc822; c@d.example
Action: failed

Final-Recipient: rfc822; e@f.example
Action: delayed
--b--
' >dsn
t_run reformime -d <dsn
t_is "$(cat out)" 'failed a@b.example
delayed e@f.example' '-d reads a report'
t_run reformime -D <dsn
t_is "$(head -n 1 out)" 'failed c@d.example' '-D with the address that was used'
t_expect_exit 1 reformime -d <m

t_is "$(reformime -h '=?iso-8859-1?q?H=F3la?=')" 'Hóla' '-h decodes'
t_is "$(reformime -H '"=?iso-8859-1?q?H=F3la?=" <a@b>, c@d' | tr -d '\n')" 'Hóla <a@b>, c@d' '-H decodes addresses'
t_is "$(reformime -o 'Hóla')" '=?UTF-8?B?SMOzbGE=?=' '-o encodes'
t_is "$(reformime -h "$(reformime -O 'Hóla <a@b>')")" 'Hóla <a@b>' '-O encodes addresses'
t_is "$(reformime -h "$(reformime -c iso-8859-1 -o "$(printf 'H\363la')")")" 'Hóla' '-c says in which charset they are'
t_done
