#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Digests and probes, whatever fails and wherever it ends: who comes next goes on, each form of a digest is in the queue
# once, and nobody is removed twice or for less.
# shellcheck disable=SC2317 # called by faults_walk
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/faults.sh"

faults_init
t_conf myorigin=example.org mydestination=example.org delivery_mode=queue
L=$SPOOL/lists/friends
listmgr create --owner boss@example.net friends 'digest=weekly' archive=no remove_after=1 >/dev/null
printf 'al@example.net digest\nbo@example.net digest plain\n' >"$L/members"
for n in 1 2; do
	printf 'From: al@example.net\nTo: friends@example.org\nMessage-ID: <%s@x>\nSubject: post %s\n\nHello\n' "$n" "$n" |
		listmgr post --approved friends
done
rm -f "$SPOOL"/new/* "$SPOOL"/deferred/* "$L"/digest
cp -Rp "$SPOOL" "$T/before"

prepare()
{
	rm -rf "$SPOOL"
	cp -Rp "$T/before" "$SPOOL"
}

# queued TEXT: messages in the queue that have it in them.
queued()
{
	find "$SPOOL/new" "$SPOOL/deferred" "$SPOOL/hold" -type f -exec grep -l "$1" {} + 2>/dev/null | wc -l
}

attempt()
{
	faults_run listmgr digest --force friends
}
check()
{
	[ "$STATUS" != 0 ] || [ "$(queued '^Subject: Friends Digest, Vol .*, Issue 1$')" = 2 ] ||
		violated 'it was told to be sent, and is not'
	listmgr digest --force friends || violated 'digests cannot be sent any more'
	[ "$(queued '^Subject: Friends Digest, Vol .*, Issue 1$')" = 2 ] || violated 'they are not there once each'
	[ "$(queued '^Subject: Friends Digest, Vol .*, Issue [^1]')" = 0 ] || violated 'there is an issue too many'
	[ "$(queued '^Subject: post [12]$')" = 2 ] || violated 'a post is missing'
	grep -q '^last 2$' "$L/digest" || violated "digest is \"$(cat "$L/digest")\""
	[ -z "$(ls "$L/digests")" ] || violated 'a draft is left'
}
faults_walk 'listmgr digest'

when=$(date -u +%Y-%m-%dT%H:%M:%SZ)
printf '%s probe al@example.net 1 - - -\n%s returned al@example.net 1 5.1.1 2 x\n' "$when" "$when" \
	>"$T/before/lists/friends/bounces"
attempt()
{
	faults_run listmgr bounces --run friends
}
check()
{
	listmgr bounces --run friends || violated 'nothing can be done any more'
	[ "$(cat "$L/members")" = 'bo@example.net digest plain' ] || violated "members is \"$(cat "$L/members")\""
	[ "$(grep -c ' reset al@example.net ' "$L/bounces")" = 1 ] || violated "bounces is \"$(cat "$L/bounces")\""
	[ "$(queued '^Subject: friends: al@example.net was removed$')" -le 1 ] || violated 'the owner is told twice'
}
faults_walk 'listmgr bounces'
t_done
