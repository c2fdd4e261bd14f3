#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The structure of messages: as a tree and as JSON, of files, standard input, mbox and Maildir; and what is wrong.
. "${0%/*}/../../support/lib.sh"

t_init
cd "$T" || exit 1
cat >m <<'END'
From: Al <al@a.example>
To: bo@b.example
Subject: =?utf-8?q?Pl=C3=A4ne?=
Date: Sun, 22 Nov 2026 06:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=utf-8

plain
--c
Content-Type: text/html; charset=utf-8

<p>html
--c--
--b
Content-Type: image/png; name="../x.png"
Content-Transfer-Encoding: base64

QUJDRA==
--b
Content-Type: message/rfc822

Subject: within

text
--b--
END

t_run mimeunpack m
t_is "$STATUS" 0 'a structure is listed'
t_is "$(cat out)" 'multipart/mixed                   313  Pläne
  1 multipart/alternative         108
    1.1 text/plain                5  utf-8
    1.2 text/html                 7  utf-8
  2 image/png                     8  base64  "../x.png"
  3 message/rfc822                21
    3.1 text/plain                4  within' 'it is a tree'
t_run mimeunpack -l <m
t_is "$(wc -l <out)" 7 'of standard input, too'

t_run mimeunpack --json m
t_is "$(wc -l <out)" 1 'JSON is one line a message'
t_is "$(python3 -c '
import json, sys
m = json.load(sys.stdin)
root = m["structure"][0]
png, within = root["parts"][1:]
print(m["message"], root["subject"], root["from"], png["part"], png["type"], png["name"], png["safe_name"], png["octets"],
    within["parts"][0]["subject"])
data = open("m", "rb").read()
print(data[png["body_at"]:png["body_at"] + png["octets"]].decode())' <out)" \
	'm Pläne Al <al@a.example> 2 image/png ../x.png x.png 8 within
QUJDRA==' 'it has names, safe names and places'

# Many messages.
mkdir -p md/cur md/new md/tmp
cp m md/cur/1:2,S
printf 'Subject: two\n\nx\n' >md/new/2
t_run mimeunpack md
t_is "$(grep -c '^md/' out)" 2 'a Maildir is many messages'
t_like "$(cat out)" '^1 text/plain  *2  two$' 'each is listed'
{
	echo 'From al@a.example Sun Nov 22 06:00:00 2026'
	cat m
	echo
	echo 'From al@a.example Sun Nov 22 06:00:01 2026'
	cat md/new/2
} >mbox
t_run mimeunpack --json mbox
t_is "$(wc -l <out)" 2 'an mbox is many messages'
t_run mimeunpack --json <mbox
t_is "$(wc -l <out)" 2 'on standard input, too'
t_run mimeunpack --json md mbox m
t_is "$(wc -l <out)" 5 'several names are one after the other'

# What cannot be.
t_expect_exit 66 mimeunpack none
t_expect_exit 66 mimeunpack "$T"
t_like "$(cat err)" 'no Maildir' 'a directory that is none is said to be'
t_expect_exit 64 mimeunpack --list --text m
t_expect_exit 64 mimeunpack --text -p 1 m
t_expect_exit 64 mimeunpack --max-depth 1000 m
mimeunpack md none m >out 2>err
t_is "$? $(wc -l <out | tr -d ' ')" '66 17' 'one that is missing does not keep us from the others'

# Limits: the exit code says that not all was seen.
t_expect_exit 3 mimeunpack --max-depth 1 m
t_like "$(cat out)" '^  3 message/rfc822 .* !$' 'what is too deep is a leaf'
t_expect_exit 3 mimeunpack --max-parts 3 m
t_expect_exit 3 mimeunpack --max-header 20 m
t_run mimeunpack -v --max-depth 1 m
t_like "$(cat out)" '! nested too deeply' '-v says why'

# A terminal gets no escape sequences of strangers.
printf 'Content-Type: text/plain; name="\033[2J"\nSubject: =?utf-8?q?=1B[2J?=\n\n' >escape
t_run mimeunpack escape
t_unlike "$(tr '\033' '!' <out)" '!\[' 'nor does anybody else'

# The bytes of a pipe that is closed are no crash.
i=0
while [ $i -lt 2000 ]; do
	cat mbox
	echo
	i=$((i + 1))
done >large
mimeunpack large 2>err | head -n 1 >/dev/null
t_unlike "$(cat err)" 'Sanitizer|Segmentation' 'a reader who leaves'
t_done
