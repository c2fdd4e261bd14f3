#!/bin/sh
# SPDX-License-Identifier: ISC
#
# listmgr check says file and line of everything that is wrong.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf myorigin=example.org mydestination=example.org
L=$SPOOL/lists

t_expect_exit 0 listmgr check
t_is "$(cat "$T/out")" '0 lists, 0 members; 0 errors, 0 warnings' 'there may be none'
listmgr create --owner al@example.org friends >/dev/null
listmgr create --owner al@example.org news >/dev/null
listmgr add friends al@example.net bo@example.net
t_expect_exit 0 listmgr check
t_is "$(cat "$T/out" "$T/err")" '2 lists, 2 members; 0 errors, 0 warnings' 'new lists are well'

# says FILE TEXT: is it told, as an error?
says()
{
	t_run listmgr check
	t_is "$STATUS" 78 "that there is something wrong: $1"
	t_like "$(cat "$T/err")" "^$L/friends/$1: .*$2" "and where: $1"
}

cp -p "$L/friends/members" "$T/members"
printf 'al@example.net\nno address\nAL@example.net\nca@example.net digset\nbo@exam' >"$L/friends/members"
says members:2 'no address'
t_like "$(cat "$T/err")" "^$L/friends/members:3: warning: .*line 1" 'a person is there twice'
t_like "$(cat "$T/err")" "^$L/friends/members:4: .*digset" 'a word is no option'
t_like "$(cat "$T/err")" "^$L/friends/members:5: .*no end" 'a line was cut off'
t_is "$(cat "$T/out")" '2 lists, 2 members; 3 errors, 1 warnings' 'the others are counted'
cp -p "$T/members" "$L/friends/members"

printf 'al@example.net\n@example.com deny\nbo@example.net maybe\n' >"$L/friends/posters"
says posters:3 'maybe'
rm "$L/friends/posters"

cp "$L/friends/owners" "$T/owners"
: >"$L/friends/owners"
says owners 'no owner'
cp "$T/owners" "$L/friends/owners"

cp "$L/friends/config" "$T/config"
echo 'postin = open' >>"$L/friends/config"
says 'config:3' 'did you mean posting'
cp "$T/config" "$L/friends/config"

echo 'address = other@example.org' >>"$L/friends/config"
says config 'other@example.org does not come to the list'
cp "$T/config" "$L/friends/config"

chmod 622 "$L/friends/members"
says members 'others than its owner may write'
chmod 600 "$L/friends/members"
chmod 644 "$L/friends/key"
says key 'its owner alone'
echo short >"$L/friends/key"
chmod 600 "$L/friends/key"
says key:1 'hexadecimal'
listmgr keys --forget friends >/dev/null 2>&1 || :
t_run listmgr check
t_is "$STATUS" 0 'a new key mends that'

printf 'friends: al\n' >"$T/aliases"
says config 'friends@example.org does not come to the list: to the account al'
printf 'friends: "|letterbox listmgr deliver friends"\n' >"$T/aliases"
t_expect_exit 0 listmgr check friends
: >"$T/aliases"

listmgr config friends 'topics=beer, help-wanted, home-brew'
t_expect_exit 0 listmgr check friends
t_is "$(grep -c 'warning: the topic' "$T/err") $(grep -c help-wanted "$T/err")" '1 1' 'a topic that is a word first has no address'
listmgr config friends topics=

mkdir -p "$L/friends/outbox"
: >"$L/friends/outbox/1.x.0123456789ABCDEF"
t_expect_exit 0 listmgr check friends
t_like "$(cat "$T/err")" "^$L/friends/outbox/1.x.0123456789ABCDEF: warning: " 'a post that is on its way is told'
t_expect_exit 78 listmgr check friends foes

if [ -w /dev/shm ] && [ "$(stat -c %d /dev/shm)" != "$(stat -c %d "$SPOOL")" ]; then
	other=$(mktemp -d /dev/shm/letterbox-test.XXXXXX)
	mv "$L" "$other/lists"
	t_run listmgr -o "list_directory=$other/lists" check news
	rm -rf "$other"
	t_is "$STATUS" 78 'lists on another file system than the queue'
	t_like "$(cat "$T/err")" "^$other/lists/news: it is on another file system" 'are told'
else
	t_skip 'there is no other file system'
fi

# More members than the envelope of a post has room for.
t_run listmgr create --owner al@test.example crowd
awk 'BEGIN { for (i = 0; i < 300000; i++) printf "somebody-with-a-rather-long-name-%06d@a-department-with-a-name-that-is-long-too.of.a.far.example\n", i }' >"$SPOOL/lists/crowd/members"
t_run listmgr check crowd
t_is "$STATUS" 78 'a list that is too large for a post'
t_like "$(cat "$T/err")" "lists/crowd/members: 300000 members are too many: .* divide the list" 'is told'
t_done
