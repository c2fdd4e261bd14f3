#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Changing a list, whatever fails and wherever it ends: it is as it was, or as it was to become, and never half of both;
# what was said to be done is done; and whoever comes next can go on.
# shellcheck disable=SC2317 # called by faults_walk
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/faults.sh"

faults_init
t_conf myorigin=example.org mydestination=example.org
L=$SPOOL/lists/friends
listmgr create --owner boss@example.net friends description=old >/dev/null
printf 'al@example.net\nbo@example.net\n' >"$L/members"
cp -Rp "$SPOOL" "$T/before"
key=$(cat "$L/key")

prepare()
{
	rm -rf "$SPOOL"
	cp -Rp "$T/before" "$SPOOL"
}

# well TEXT: all lines of all files are right, also for the next command.
well()
{
	listmgr check friends >"$T/checked" 2>&1 || violated "$1: $(cat "$T/checked")"
}

# either FILE OLD NEW HOW: it is one of them; the new one if the command said so, and the old one if it said that it failed.
either()
{
	found=$(cat "$1" 2>&1)
	if [ "$found" != "$2" ] && [ "$found" != "$3" ]; then
		violated "$1 is \"$found\""
	elif [ "$STATUS" = 0 ] && [ "$found" != "$3" ]; then
		violated "it was told to be done, and is not"
	elif [ "$STATUS" != 0 ] && [ "$found" = "$3" ] && ! is_end "$4" && [ "$5" = strict ]; then
		violated "it was told to have failed, and is done"
	fi
}

attempt()
{
	faults_run listmgr add friends 'Carla <carla@example.net>'
}
check()
{
	new="al@example.net
bo@example.net
carla@example.net since=$(date -u +%F) name=\"Carla\""
	either "$L/members" 'al@example.net
bo@example.net' "$new" "$1" strict
	listmgr add friends 'Carla <carla@example.net>' 2>/dev/null || violated 'nobody can be added any more'
	[ "$(cat "$L/members")" = "$new" ] || violated "then members is \"$(cat "$L/members")\""
	well 'after add'
}
faults_walk 'listmgr add'

attempt()
{
	faults_run listmgr remove friends bo@example.net
}
check()
{
	either "$L/members" 'al@example.net
bo@example.net' al@example.net "$1"
	listmgr remove friends bo@example.net 2>/dev/null || violated 'nobody can be removed any more'
	[ "$(cat "$L/members")" = al@example.net ] || violated "then members is \"$(cat "$L/members")\""
	well 'after remove'
}
faults_walk 'listmgr remove'

attempt()
{
	faults_run listmgr config friends description=new
}
check()
{
	either "$L/config" "$(cat "$T/before/lists/friends/config")" \
		"$(sed s/old/new/ "$T/before/lists/friends/config")" "$1"
	listmgr config friends description=newer || violated 'the config cannot be changed any more'
	[ "$(listmgr config -h friends description)" = newer ] || violated 'it has not changed then'
	well 'after config'
}
faults_walk 'listmgr config'

attempt()
{
	faults_run listmgr keys --rotate friends
}
check()
{
	[ "$(tail -n 1 "$L/key")" = "$key" ] || violated 'the old key is gone'
	[ "$STATUS" != 0 ] || [ "$(wc -l <"$L/key")" = 2 ] || violated 'there is no new key'
	well 'after keys'
}
faults_walk 'listmgr keys'

rm -rf "$T/before/lists"
attempt()
{
	faults_run listmgr create --owner boss@example.net friends
}
check()
{
	if [ "$STATUS" = 0 ] && [ ! -e "$L/config" ]; then
		violated 'it was told to be made, and is not there'
	elif [ ! -e "$L/config" ]; then
		listmgr create --owner boss@example.net friends >/dev/null || violated 'it cannot be made any more'
	fi
	[ "$(cat "$L/owners")" = boss@example.net ] || violated 'it has no owner'
	well 'after create'
}
faults_walk 'listmgr create'
t_done
