#!/bin/sh
# SPDX-License-Identifier: ISC
#
# README's walk-through of mailing lists, root's part too, typed by an ordinary user who has set up nothing.
. "${0%/*}/../../support/lib.sh"
t_init

# His own spool, and a configuration only so that no mail leaves this machine.
echo 'relayhost = [127.0.0.1]:1' >"$T/conf"
LETTERBOX_CONF=$T/conf LETTERBOX_SPOOL=$SPOOL
export LETTERBOX_CONF LETTERBOX_SPOOL
cd "$HOME" || exit 1
sed -n '/^### Mailing lists$/,/^### T/s/^    [$#] //p' "$TOP/README.md" >"$T/commands"
t_is "$(wc -l <"$T/commands")" 8 'the walk-through has its commands'
while IFS= read -r line; do
	t_run sh -c "$line" </dev/null
	t_is "$STATUS$(cat "$T/err")" 0 "$(printf '%s' "$line" | tr '\\' '/')"
	case $line in
	*'members friends') t_is "$(cut -d ' ' -f 1 "$T/out" | tr '\n' ' ')" 'ada@example.net bo@example.net ' 'who is on it';;
	esac
done <"$T/commands"
L=$SPOOL/lists/friends
t_like "$(listmgr config friends language)" '^language = fr' 'its parameters are set'
t_is "$(grep -c . "$L/owners")" 1 'it has an owner'
t_done
