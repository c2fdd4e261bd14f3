#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A mailbox that may hold no more: by quota_rule, by the users file, by the file maildirsize; at each door.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf
printf 'From: x@far.example\nSubject: x\n\nhello\n' >"$T/message"


t_expect_exit 0 mda al <"$T/message"
box=$T/home/al/Maildir
t_is "$(find "$box" -name maildirsize)" '' 'without limits nothing is counted'

t_conf 'quota_rule=*:messages=3'
t_expect_exit 0 mda al <"$T/message"
t_expect_exit 0 mda al <"$T/message"
t_is "$(head -n 1 "$box/maildirsize")" 3C 'the file has the limits'
t_is "$(awk 'NR > 1 { n += $2 } END { print n }' "$box/maildirsize")" 3 'and what is there'
t_expect_exit 69 mda al <"$T/message"
t_is "$(t_mail al | wc -l)" 3 'a fourth message is refused'
t_is "$(ls "$box/tmp")" '' 'and leaves nothing'
t_conf 'quota_rule=*:messages=3' quota_full_tempfail=yes
t_expect_exit 75 mda al <"$T/message"

rm "$box"/new/*
t_conf 'quota_rule=*:messages=3'
# An entry more than one line, or old: it is counted again.
touch -d '-20 minutes' "$box/maildirsize"
t_expect_exit 0 mda al <"$T/message"
t_is "$(awk 'NR > 1 { n += $2 } END { print n }' "$box/maildirsize")" 1 'when some were removed there is room again'

t_conf
printf '0S,1C\n1 1\n' >"$box/maildirsize"
t_expect_exit 69 mda al <"$T/message"
rm "$box/maildirsize"

# One user has a rule of his own.
sed -i 's/^bo:.*/&userdb_quota_rule=*:messages=1/' "$T/users"
t_conf 'quota_rule=*:messages=2'
t_expect_exit 0 mda bo <"$T/message"
t_expect_exit 69 mda bo <"$T/message"
t_expect_exit 0 mda carla <"$T/message"
t_expect_exit 0 mda carla <"$T/message"
t_expect_exit 69 mda carla <"$T/message"
t_conf 'quota_rule=lots'
t_expect_exit 75 mda carla <"$T/message"
t_like "$(cat "$T/err")" 'quota_rule "lots" does not begin' 'a rule that is none is said to be'

# Straight into the Maildir, and by way of the queue.
t_conf 'quota_rule=*:bytes=600'
t_expect_exit 0 sendmail -i --wait=delivered al <"$T/message"
head -c 700 /dev/zero | tr '\0' x | fold -w 70 >"$T/body"
{ printf 'From: x@far.example\nSubject: large\n\n'; cat "$T/body"; } >"$T/large"
t_run sendmail -i -f al@test.example al <"$T/large"
t_is "$(t_mail al | wc -l)" 2 'a message that is too large for what is left is not delivered'
t_done
