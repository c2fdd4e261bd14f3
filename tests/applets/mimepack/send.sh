#!/bin/sh
# SPDX-License-Identifier: ISC
#
# --send: by sendmail, which sees a message only when it is whole. And files: what cannot be read or written.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf
cd "$T" || exit 1
printf 'hello\n' >text
head -c 300000 /dev/urandom >data.bin

t_expect_exit 0 mimepack --send --from al@test.example --to 'Bo <bo@test.example>' --bcc carla@test.example \
	--subject Grüße data.bin <text
t_is "$(t_mail_count bo) $(t_mail_count carla)" '1 1' 'it is delivered to all recipients'
set -- "$T"/home/bo/Maildir/new/*
t_unlike "$(sed '/^$/q' "$1")" '^Bcc:' 'who do not see the hidden ones'
t_like "$(sed '/^$/q' "$1")" '^Message-ID: <' 'sendmail has added what was missing'
"$TOP/tests/support/structure.py" "$1" leaves >tree
t_same leaves/2 data.bin 'and the file is as it was'

t_expect_exit 0 mimepack --send --sendmail-option -f --sendmail-option carla@test.example --to bo@test.example <text
t_is "$(grep -l '^Return-Path: <carla@test.example>' "$T"/home/bo/Maildir/new/* | wc -l)" 1 'options of sendmail'

t_expect_exit 64 mimepack --send <text
t_expect_exit 64 mimepack --send --to bo --output x <text
t_expect_exit 64 mimepack --sendmail-option -v --to bo <text
t_expect_exit 67 mimepack --send --to nobody-of-that-name@test.example <text
before=$(t_mail_count bo)
t_expect_exit 66 mimepack --send --to bo@test.example --attach missing <text
t_expect_exit 66 mimepack --send --to bo@test.example --attach . <text
t_like "$(cat err)" '^mimepack: \.: Is a directory$' 'a directory is no file'
t_is "$(t_mail_count bo)" "$before" 'nothing was sent'

# A file that shrinks under our hands: no half of it is sent.
mkfifo gate
{ cat gate; } | mimepack --send --to bo@test.example --attach - --type application/x-slow --text text --attach data.bin \
	>out 2>err &
pid=$!
exec 3>gate
# More than pipes hold: it has begun.
head -c 1000000 /dev/zero >&3
head -c 1000 data.bin >small && cat small >data.bin
exec 3>&-
wait $pid
STATUS=$?
t_is "$STATUS" 75 'a file that changes while it is read is a temporary failure'
t_is "$(t_mail_count bo) $(t_queue_count)" "$before 0" 'and nothing was sent'

t_expect_exit 0 mimepack --output message --to bo data.bin <text
cp message before
t_expect_exit 66 mimepack --output message --to bo missing <text
t_same message before 'a file is not replaced by half a message'
t_is "$(find . -name 'message.*' | wc -l)" 0 'and nothing is left over'
t_expect_exit 73 mimepack --output none/message <text
t_expect_exit 0 mimepack --output /dev/null <text
if [ -e /dev/full ]; then
	mimepack data.bin <text >/dev/full 2>err
	t_is "$?" 75 'a full disk is a temporary failure'
fi
t_expect_exit 64 mimepack --attach text --multipart mixed <text
t_expect_exit 64 mimepack --end <text
t_expect_exit 64 mimepack --multipart mixed --end <text
t_expect_exit 64 mimepack --type text/plain <text
t_expect_exit 64 mimepack --text text --text text <text
t_expect_exit 64 mimepack --frob <text
t_expect_exit 0 mimepack --help
t_done
