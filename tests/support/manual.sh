# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# manual.sh - the examples of a manual page as commands.

# manual_examples PAGE: a command on each line, as the literal blocks of EXAMPLES in man/PAGE have them. What
# `manual_edit` says to sed is done to them.
manual_examples()
{
	sed '1,/^\.Sh EXAMPLES/d; /^\.Sh/,$d' "$TOP/man/$1" | awk '
		/^\.Bd/ { inside = 1; next }
		/^\.Ed/ { inside = 0; next }
		inside { gsub(/\\e/, "\\"); line = line $0 }
		inside && /\\$/ { sub(/\\$/, "", line); next }
		inside { print line; line = "" }
	' | sed "${manual_edit:-}"
}

# manual_run PAGE: each must end with status 0 and say nothing on standard error.
manual_run()
{
	manual_examples "$1" >"$T/examples"
	while IFS= read -r line; do
		t_run sh -c "$line" </dev/null
		t_is "$STATUS$(cat "$T/err")" 0 "$line"
	done <"$T/examples"
}
