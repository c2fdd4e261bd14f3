#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The examples of letterbox-aliases(5): the files are used as they stand there, and each command prints what it says.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf myhostname=mail.example mydestination=mail.example myorigin=mail.example "alias_maps=$T/aliases"

# block N: the Nth literal block of EXAMPLES, with \e as the backslash that it stands for.
block()
{
	sed '1,/^\.Sh EXAMPLES/d' "$TOP/man/letterbox-aliases.5" | awk -v want="$1" '
		/^\.Bd/ { n++; next }
		/^\.Ed/ { n += 0.5; next }
		n == want { print }
		n > want { exit }
	' | sed 's/\\e/\\/g'
}

# The blocks are counted by their beginnings; an end adds a half, the next beginning another.
nth()
{
	block "$(awk -v n="$1" 'BEGIN { print 1 + (n - 1) * 1.5 }')"
}

# run_commands: those behind "$ " on standard input, with their output, as the manual has it.
run_commands()
{
	sed -n 's/^\$ //p' | while read -r line; do
		printf '$ %s\n' "$line"
		sh -c "$line" 2>&1
	done | sed "s|$T/aliases|/etc/aliases|"
}

nth 1 >"$T/aliases"
chmod 600 "$T/aliases"
t_is "$(grep -c : "$T/aliases")" 10 'there is an alias file in the manual'
mkdir -p "$T/home/carla"
chmod 700 "$T/home/carla"
for n in 2 3; do
	nth $n >"$T/want"
	run_commands <"$T/want" >"$T/got"
	t_same "$T/got" "$T/want" "the commands of block $n print what the manual says"
done

nth 4 >"$T/home/carla/.forward"
chmod 600 "$T/home/carla/.forward"
nth 5 >"$T/want"
run_commands <"$T/want" >"$T/got"
t_same "$T/got" "$T/want" 'the forward file does what the manual says'
t_is "$(grep -c '^\$' "$T/want")" 1 'and there is such a command'
t_done
