#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What comes on standard input: its end, its size, its lines.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf delivery_mode=queue

body()
{
	t_newest al | sed '1,/^$/d'
}

printf 'Subject: x\n\none\n.\ntwo\n' >"$T/in"
t_expect_exit 0 sendmail al <"$T/in"
t_is "$(body)" one 'a line that is a dot ends the message'
printf 'Subject: x\r\n\r\none\r\n.\r\ntwo\r\n' >"$T/in"
t_expect_exit 0 sendmail al <"$T/in"
t_is "$(body)" one 'also with CRLF'
printf 'Subject: x\n\none\n.' >"$T/in"
t_expect_exit 0 sendmail al <"$T/in"
t_is "$(body)" one 'also at the end of the input'
printf 'Subject: x\n\none\n.\ntwo\n' >"$T/in"
t_expect_exit 0 sendmail -i al <"$T/in"
t_is "$(body | tr '\n' ' ')" 'one . two ' 'not with -i'
printf 'Subject: x\n\none\n.\ntwo\n' >"$T/in"
t_expect_exit 0 sendmail -oi al <"$T/in"
t_is "$(body | tr '\n' ' ')" 'one . two ' 'nor with -oi'
printf 'Subject: x\n\n..\n.x\n' >"$T/in"
t_expect_exit 0 sendmail al <"$T/in"
t_is "$(body | tr '\n' ' ')" '.. .x ' 'other dots are text'

t_expect_exit 0 sendmail al </dev/null
t_is "$(t_newest al | grep -c '^Date: ')" 1 'an empty message gets a header'
printf 'hello world\nsecond line\n' >"$T/in"
t_expect_exit 0 sendmail al <"$T/in"
t_is "$(body | tr '\n' ' ')" 'hello world second line ' 'without a header all is body'
printf 'no newline' >"$T/in"
t_expect_exit 0 sendmail al <"$T/in"
t_is "$(body)" 'no newline' 'the last line needs no end'
printf 'From al Sat Nov 22 05:40:00 2025\nSubject: mbox\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail al <"$T/in"
t_is "$(t_newest al | grep -c '^From al')" 0 'an mbox From line is dropped'
t_is "$(t_newest al | grep -c '^Subject: mbox')" 1 'and the header is found'
printf 'Subject: x\n\nunix\ndos\r\nmac\rstill\n' >"$T/in"
t_expect_exit 0 sendmail al <"$T/in"
t_is "$(body | tr '\n\r' '|<')" 'unix|dos|mac still|' 'mixed line ends become LF'

printf 'Subject: x\n\nMünchen\n' >"$T/in"
t_expect_exit 0 sendmail al <"$T/in"
t_like "$(t_newest al)" '^Content-Type: text/plain; charset=utf-8' '8-bit text is labelled'
printf 'Subject: x\n\na\0b\n' >"$T/in"
t_expect_exit 0 sendmail al <"$T/in"
t_is "$(body)" 'a=00b' 'NUL is encoded, nothing is cut'

line=$(printf '%01000d' 7)
printf 'Subject: x\n\n%s\n' "$line" >"$T/in"
t_expect_exit 0 sendmail al <"$T/in"
t_is "$(t_newest al | awk '{ if (length($0) > 998) n++ } END { print n + 0 }')" 0 'no line is over 998 octets'
t_is "$(body | sed 's/=$//' | tr -d '\n')" "$line" 'and a long one is whole'
{ printf 'Subject: x\n\n'; head -c 1048576 /dev/zero | tr '\0' x; } >"$T/in"
t_expect_exit 0 sendmail al <"$T/in"
t_is "$(body | sed 's/=$//' | tr -d '\n' | wc -c | tr -d ' ')" 1048576 'a line of 1 MiB is whole'

# Beyond what is held in memory: 3 MB.
{ printf 'Subject: big\n\n'; seq 1 450000; } >"$T/big"
t_expect_exit 0 sendmail -i al <"$T/big"
t_newest al | sed '1,/^$/d' >"$T/got"
seq 1 450000 >"$T/want"
t_same "$T/got" "$T/want" 'a message of 3 MB is whole'
mkfifo "$T/fifo"
(printf 'Subject: fifo\n\n'; sleep 0.2; echo slowly) >"$T/fifo" &
t_expect_exit 0 sendmail al <"$T/fifo"
wait
t_is "$(body)" slowly 'input comes from a FIFO, in pieces'

t_conf delivery_mode=queue message_size_limit=10000
{ printf 'Subject: x\n\n'; seq 1 3000; } >"$T/in"
t_expect_exit 65 sendmail al <"$T/in"
t_like "$(cat "$T/err")" 'larger than' 'over message_size_limit is EX_DATAERR, and said'
t_is "$(find "$SPOOL/tmp" "$SPOOL/new" "$T/home/al/Maildir/tmp" -type f)" '' 'nothing of it stays'
t_conf delivery_mode=queue header_size_limit=2000
{ printf 'Subject: x\n'; seq -f 'X-%.0f: y' 1 1000; printf '\nhello\n'; } >"$T/in"
t_expect_exit 65 sendmail al <"$T/in"
t_conf delivery_mode=queue hopcount_limit=5
{ seq -f 'Received: by x id %.0f; Sat, 22 Nov 2025 05:40:00 +0000' 1 6; printf 'Subject: loop\n\nhello\n'; } >"$T/in"
t_expect_exit 69 sendmail al <"$T/in"
t_like "$(cat "$T/err")" 'hopcount_limit' 'a mail loop is ended'
t_done
