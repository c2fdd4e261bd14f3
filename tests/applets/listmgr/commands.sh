#!/bin/sh
# SPDX-License-Identifier: ISC
#
# create, config, lists, add, remove, members and keys, as somebody at a terminal uses them.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf myorigin=example.org mydestination=example.org

L=$SPOOL/lists

t_expect_exit 0 listmgr create --owner boss@example.net --moderator mo@example.net --description 'Who costs $5' Friends \
	'subject_prefix=[f %d]'
t_is "$(cat "$T/out")" friends@example.org 'create prints the address'
t_is "$(cat "$L/friends/owners" "$L/friends/moderators")" "boss@example.net
mo@example.net" 'owner and moderator are in their files'
t_is "$(stat -c %a "$L/friends" "$L/friends/key" | tr '\n' ' ')" '700 600 ' 'nobody else can read the key'
t_expect_exit 69 listmgr create --owner boss@example.net friends
t_like "$(cat "$T/err")" 'there is a list' 'a list is made once'
for name in .. a/b '.../....///x' 'a b' "$(printf 'a\nb')" -- "$(printf '%0300d' 0)"; do
	t_expect_exit 64 listmgr create --owner boss@example.net -- "$name"
done
t_expect_exit 64 listmgr create --owner boss@example.net news postin=open
t_like "$(cat "$T/err")" 'did you mean posting' 'a wrong parameter is told'
t_is "$(ls "$L")" friends 'and nothing is left of a list that was refused'
t_expect_exit 0 listmgr create --owner boss@example.net news@lists.example.com
t_run listmgr lists
t_is "$(cat "$T/out")" "$(printf 'friends@example.org\tWho costs $5\nnews@lists.example.com\t')" 'lists says which there are'
t_run listmgr lists --json
t_like "$(cat "$T/out")" '^\{"address":"friends@example.org"|^\{"name":"friends","address":"friends@example.org"' 'also as JSON'

t_expect_exit 0 listmgr config friends posting=open footer=part
t_expect_exit 0 listmgr config --unset footer friends@example.org
t_run listmgr config -h friends posting footer description
t_is "$(cat "$T/out")" "Who costs \$5
open
none" 'config sets, unsets and shows'
t_run listmgr config -n friends
t_like "$(cat "$T/out")" "^# .*/friends/config:[0-9]+\$" 'and says where a value is from'
t_expect_exit 64 listmgr config friends posting=opn
t_expect_exit 67 listmgr config foes

t_expect_exit 0 listmgr add friends al@example.net 'Bo Green <bo@example.net>'
printf '%s\n' '# ours' 'carla@example.net digest name="Carla"' 'Al <AL@Example.NET>' '"Da, Do" <da@example.net>' \
	'=?utf-8?q?J=C3=B6?= <jo@example.net>' >"$T/people"
t_expect_exit 0 listmgr add --set nomail friends <"$T/people"
t_like "$(cat "$T/err")" '1 of 4 were there before' 'who is there stays'
t_run listmgr members friends
sed 's/ since=....-..-..//' "$T/out" >"$T/got"
cat >"$T/want" <<'END'
al@example.net
bo@example.net name="Bo Green"
carla@example.net digest nomail name="Carla"
da@example.net nomail name="Da, Do"
jo@example.net nomail name="Jö"
END
t_same "$T/got" "$T/want" 'members come as arguments, as lines and as in a header'
printf '%s\n' eve@example.net 'no address' 'fay@example.net' >"$T/people"
t_expect_exit 65 listmgr add friends <"$T/people"
t_like "$(cat "$T/err")" '^listmgr: standard input:2: ' 'a wrong line is told'
t_run listmgr members --addresses friends '[ef]*'
t_is "$(cat "$T/out")" "eve@example.net
fay@example.net" 'and keeps no others out'
t_expect_exit 0 listmgr members --set digest,hidden --name Eve friends EVE@example.net
t_run listmgr members --json --with hidden friends
t_like "$(cat "$T/out")" '^\{"address":"eve@example.net","name":"Eve","options":\["digest","hidden"\],"since":[0-9]+,"topics":""\}$' \
	'options can be changed, and asked for'
t_expect_exit 0 listmgr members --clear hidden friends eve@example.net
t_run listmgr members --count --without digest,nomail friends
t_is "$(cat "$T/out")" 3 'members are counted'
t_expect_exit 67 listmgr members --set digest friends nobody@example.net
t_expect_exit 0 listmgr remove friends Eve@example.net fay@example.net
t_run listmgr members --count friends
t_is "$(cat "$T/out")" 5 'members are removed'
t_expect_exit 0 listmgr remove friends nobody@example.net
t_like "$(cat "$T/err")" '1 of 1 were not there' 'who is not there need not be removed'
t_expect_exit 0 listmgr add --owners friends second@example.net
t_run listmgr members --owners --addresses friends
t_is "$(cat "$T/out")" "boss@example.net
second@example.net" 'owners are a file like members'

old=$(cat "$L/friends/key")
t_expect_exit 0 listmgr keys --rotate friends
t_is "$(tail -n 1 "$L/friends/key")" "$old" 'the old key stays behind the new one'
t_expect_exit 0 listmgr keys --forget friends
t_is "$(wc -l <"$L/friends/key") $(grep -c "$old" "$L/friends/key")" '1 0' 'or is forgotten'
t_unlike "$(cat "$L/friends/log")" "$old" 'no key is in the log'
t_like "$(cat "$L/friends/log")" '^....-..-..T..:..:..Z added al@example.net|added 2: members' 'the log says what happened'

t_expect_exit 64 listmgr
t_expect_exit 64 listmgr ad friends
t_like "$(cat "$T/err")" 'did you mean add' 'a wrong command is told'
listmgr --help >"$T/help"
for word in create config lists add remove members keys deliver; do
	t_like "$(cat "$T/help")" "^  $word +[a-z]" "$word is in --help"
	t_expect_exit 0 listmgr "$word" --help
done
t_run listmgr --spool "$T/other" -o myorigin=example.com create --owner a@b x
t_is "$(cat "$T/out") $(ls "$T/other/lists")" 'x@example.com x' 'options may stand before the command'
t_done
