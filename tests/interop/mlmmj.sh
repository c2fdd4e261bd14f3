#!/bin/sh
# SPDX-License-Identifier: ISC
#
# mlmmj.sh - a list that mlmmj's own tools have made and filled becomes ours, with all who are on it.
. "${0%/*}/../support/lib.sh"

t_init
t_conf myorigin=test.example mydestination=test.example
make=$(command -v mlmmj-make-ml) || t_skip_all 'there is no mlmmj'
# They want to be called by their whole names.
bin=${make%/*}

printf 'test.example\nboss@test.example\nen\nn\n' | mlmmj-make-ml -L friends -s "$T/mlmmj" -c "$(id -un)" >"$T/made" 2>&1
M=$T/mlmmj/friends
t_is "$(cat "$M/control/listaddress" 2>&1)" friends@test.example 'mlmmj has made a list'
for address in al@example.net Bo@Example.NET carla+x@example.net; do
	"$bin/mlmmj-sub" -L "$M" -a "$address" -q -s
done
"$bin/mlmmj-sub" -L "$M" -a dora@example.net -d -q -s
"$bin/mlmmj-sub" -L "$M" -a nora@example.net -n -q -s
"$bin/mlmmj-sub" -L "$M" -a gone@example.net -q -s
"$bin/mlmmj-unsub" -L "$M" -a gone@example.net -q -s
echo '[friends]' >"$M/control/prefix"
: >"$M/control/subonlypost"

t_expect_exit 0 listmgr import friends "$M"
t_note <"$T/err"
for kind in '' -d -n; do
	# shellcheck disable=SC2086 # an option, or nothing
	"$bin/mlmmj-list" -L "$M" $kind
done | grep @ | sort -u >"$T/theirs"
listmgr members --addresses friends | tr '[:upper:]' '[:lower:]' | sort >"$T/ours"
t_is "$(wc -l <"$T/theirs")" 5 'mlmmj has five subscribers'
t_same "$T/ours" "$T/theirs" 'who is on their list is on ours'
t_is "$(listmgr members --addresses --with digest friends) $(listmgr members --addresses --with nomail friends)" \
	'dora@example.net nora@example.net' 'and gets mail in the same way'
t_is "$(listmgr members --owners --addresses friends)" boss@test.example 'its owner is the owner'
t_is "$(listmgr config -h friends posting subject_prefix)" 'members
[friends]' 'its parameters are taken over'
t_expect_exit 0 listmgr check
t_done
