#!/bin/sh
# SPDX-License-Identifier: ISC
#
# --dump-options is what the completions and the check of the manual read.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf
letterbox --dump-options >"$T/dump"
t_is "$(awk -F '\t' 'NF != 5' "$T/dump")" '' 'five fields in every row'
t_is "$(awk -F '\t' '$4 == "applet" || $4 == "alias" { print $1 }' "$T/dump" | sort)" "$(letterbox --list | sort)" \
	'all names are there'
t_like "$(cat "$T/dump")" '^letterbox	-C	FILE	-	[a-z]' 'an option with an argument'
t_is "$(awk -F '\t' '$2 != "-" && $5 == "-" { print $1 " " $2 }' "$T/dump")" '' 'every option is explained'
t_is "$(cut -f 1,2 "$T/dump" | grep -v '	-$' | sort | uniq -d)" '' 'no option is there twice'
for shell in bash zsh fish; do
	"$TOP/tools/mkcompletions" "$shell" <"$T/dump" >"$T/completion.$shell"
	t_is $? 0 "a completion for $shell"
	if command -v "$shell" >/dev/null; then
		t_expect_exit 0 "$shell" -n "$T/completion.$shell"
	else
		t_skip "there is no $shell"
	fi
done
if command -v bash >/dev/null; then
	tab()
	{
		bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _letterbox 2>/dev/null; echo "${COMPREPLY[*]}"' \
			"$T/completion.bash" "$@"
	}
	t_is "$(tab letterbox mailq --js)" --json 'letterbox mailq --js<TAB>'
	t_is "$(tab mailq --js)" --json 'mailq --js<TAB>'
	t_is "$(tab letterbox mai)" mailq 'letterbox mai<TAB>'
	t_is "$(tab letterbox doc)" doctor 'letterbox doc<TAB>'
	t_is "$(tab letterbox doctor --js)" --json 'letterbox doctor --js<TAB>'
	t_is "$(tab letterbox config --ch)" --check 'letterbox config --ch<TAB>'
	t_is "$(tab letterbox pass)" passwd 'letterbox pass<TAB>'
	t_is "$(tab letterbox passwd -)" '-s -f -C -o --spool' 'letterbox passwd -<TAB>'
	t_is "$(tab letterbox config myho)" myhostname 'letterbox config myho<TAB>'
fi
t_done
