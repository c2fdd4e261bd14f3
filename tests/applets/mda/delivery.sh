#!/bin/sh
# SPDX-License-Identifier: ISC
#
# mda as fetchmail, getmail, mutt and Postfix call it.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf
printf 'From: x@far.example\nSubject: x\n\nhello\n' >"$T/message"

field()
{
	t_newest "${2:-al}" | sed -n "/^$/q; s/^$1: //p"
}

t_expect_exit 0 mda -f x@far.example -d al <"$T/message"
t_newest al >"$T/got"
printf 'Return-Path: <x@far.example>\nDelivered-To: al@test.example\nFrom: x@far.example\nSubject: x\n\nhello\n' >"$T/want"
t_same "$T/got" "$T/want" 'two fields in front, all else as it came'
t_like "$(t_mail al)" ',S=[0-9]*,W=[0-9]*$' 'the name tells the sizes'
t_expect_exit 0 mda al <"$T/message"
t_is "$(field Return-Path)" '' 'without a sender there is no Return-Path'
t_expect_exit 0 mda -f '' al <"$T/message"
t_is "$(field Return-Path)" '<>' "-f '' is the null sender"
t_expect_exit 0 mda -f '<>' al <"$T/message"
t_is "$(field Return-Path)" '<>' '-f <> as well'
t_expect_exit 0 mda -d al -a al+list@test.example <"$T/message"
t_is "$(field Delivered-To)" al+list@test.example '-a is for Delivered-To'
t_expect_exit 0 mda al@test.example <"$T/message"
t_expect_exit 0 mda al+detail <"$T/message"
t_is "$(field Delivered-To)" al@test.example 'user+detail is the user'
t_expect_exit 0 mda -e -t -Y -d al <"$T/message"

{ echo 'From y@far.example  Sat Nov 22 05:40:00 2025'; cat "$T/message"; } >"$T/in"
t_expect_exit 0 mda al <"$T/in"
t_is "$(field Return-Path)" '<y@far.example>' 'a From line tells the sender'
t_is "$(t_newest al | grep -c '^From y@')" 0 'and is not a part of the message'
t_expect_exit 0 mda -f z@far.example al <"$T/in"
t_is "$(field Return-Path)" '<z@far.example>' '-f tells it better'
printf 'Return-Path: <old@far.example>\nReturn-Path: <older@far.example>,\n folded\nSubject: x\n\nReturn-Path: body\n' >"$T/in"
t_expect_exit 0 mda -f new@far.example al <"$T/in"
t_is "$(t_newest al | grep '^Return-Path' | tr '\n' ' ')" 'Return-Path: <new@far.example> Return-Path: body ' \
	'one Return-Path is left, and the body is not the header'
t_expect_exit 0 mda al <"$T/in"
t_is "$(t_newest al | grep -c 'far.example')" 2 'without -f the old ones stay'

printf 'Subject: dos\r\n\r\none\r\ntwo' >"$T/in"
t_expect_exit 0 mda al <"$T/in"
t_is "$(t_newest al | sed '1,/^$/d' | tr '\n\r' '|<')" 'one|two|' 'CRLF becomes LF'
t_expect_exit 0 mda al </dev/null
t_is "$(t_newest al)" 'Delivered-To: al@test.example' 'an empty message is one'
{ printf 'Subject: big\n\n'; seq 1 450000; } >"$T/in"
t_expect_exit 0 mda al <"$T/in"
t_newest al | sed 1d >"$T/got"
t_same "$T/got" "$T/in" '3 MB'
printf 'a\0b\377\n' >"$T/in"
t_expect_exit 0 mda al <"$T/in"
t_newest al | sed 1d >"$T/got"
t_same "$T/got" "$T/in" 'NUL and bytes that are no text are kept'
{ printf 'From '; head -c 1048576 /dev/zero | tr '\0' x; printf '\nSubject: x\n\nhello\n'; } >"$T/in"
t_run mda al <"$T/in"
case $STATUS in
0) t_is "$(t_newest al | tail -n 1)" hello 'a From line of 1 MiB: only it is dropped' ;;
65 | 69) t_ok 'a From line of 1 MiB is refused' ;;
*) t_fail "a From line of 1 MiB: exit $STATUS" ;;
esac
mkfifo "$T/fifo"
(printf 'Subject: fifo\n'; sleep 0.2; printf '\nslowly\n') >"$T/fifo" &
t_expect_exit 0 mda al <"$T/fifo"
wait
t_is "$(t_newest al | tail -n 1)" slowly 'a FIFO, in pieces'

# Folders.
t_expect_exit 0 mda -m Lists/unix al <"$T/message"
t_is "$(ls "$T/home/al/Maildir/.Lists.unix/new" | wc -l | tr -d ' ')" 1 '-m: a folder in a folder, made on demand'
t_expect_exit 0 mda -m INBOX al <"$T/message"
for folder in '' . .. ../x /etc x/ x//y a..b "a
b"; do
	t_expect_exit 64 mda -m "$folder" al <"$T/message"
done
t_is "$(ls -A "$T/home/al" "$T/home/al/Maildir" | sort -u | tr '\n' ' ')" \
	"$(printf '%s\n' "$T/home/al:" "$T/home/al/Maildir:" '' .Lists.unix Maildir cur new tmp | sort -u | tr '\n' ' ')" \
	'no other directory was made'

# Several.
t_expect_exit 0 mda -f x@far.example bo carla <"$T/message"
t_is "$(t_mail_count bo) $(t_mail_count carla)" '1 1' 'several users'
t_is "$(field Delivered-To bo)" 'bo@test.example' 'each with its own Delivered-To'
t_expect_exit 67 mda bo nosuch carla <"$T/message"
t_is "$(t_mail_count bo) $(t_mail_count carla)" '2 2' 'one unknown user does not harm the others'

t_expect_exit 67 mda nosuch <"$T/message"
t_expect_exit 67 mda '' <"$T/message"
t_expect_exit 67 mda ../al <"$T/message"
t_expect_exit 67 mda al@far.example <"$T/message"
t_expect_exit 65 mda -f 'not an address' al <"$T/message"
t_expect_exit 65 mda -f "a
b@x" al <"$T/message"
t_expect_exit 64 mda --nonsense al <"$T/message"
t_expect_exit 64 mda --forward -m x al <"$T/message"

before=$(t_mail_count al)
(ulimit -f 8; exec mda al) <"$TOP/Makefile" 2>"$T/err"
t_is $? 75 'RLIMIT_FSIZE: a temporary failure'
t_is "$(t_mail_count al)" "$before" 'nothing is delivered'
mda al <&- >&- 2>&-
t_is $? 0 'closed descriptors'
(umask 0777; exec mda carla) <"$T/message"
t_is $? 0 'umask 0777'
(umask 0; exec mda bo) <"$T/message"
t_is "$(find "$T/home/bo/Maildir" -perm /077)" '' 'umask 0: nobody else may read it'
rm -rf "$T/home/carla/Maildir"
: >"$T/home/carla/Maildir"
t_expect_exit 75 mda carla <"$T/message"
t_conf message_size_limit=1000
t_expect_exit 65 mda al <"$TOP/Makefile"
t_is "$(find "$T/home/al/Maildir/tmp" -type f)" '' 'and leaves nothing'

# mbox
t_conf "mail_location=mbox:$T/home/%n/mbox"
t_expect_exit 0 mda -f x@far.example al <"$T/message"
t_like "$(head -n 1 "$T/home/al/mbox")" '^From x@far\.example ' 'mbox'
t_expect_exit 64 mda -m folder al <"$T/message"
t_done
