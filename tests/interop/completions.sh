#!/bin/sh
# SPDX-License-Identifier: ISC
#
# completions.sh - what `make install-links` puts there is found by bash, zsh and fish, by the names of all applets, and
# completes what somebody types at a terminal.
. "${0%/*}/../support/lib.sh"

t_init
t_conf
HERE=$(cd "$(dirname "$0")" && pwd)
prefix=$T/usr
share=$prefix/share
mkdir -p "$prefix/bin" "$share/bash-completion/completions" "$share/zsh/site-functions" "$share/fish/vendor_completions.d"
cp "$LETTERBOX" "$prefix/bin/letterbox"
cp "$TOP/completions/letterbox.bash" "$share/bash-completion/completions/letterbox"
cp "$TOP/completions/_letterbox" "$share/zsh/site-functions/"
cp "$TOP/completions/letterbox.fish" "$share/fish/vendor_completions.d/"
# shellcheck disable=SC2046 # the names
"$TOP/tools/install-links" install "$prefix" $(letterbox --list)
XDG_DATA_DIRS=$share:/usr/share
export XDG_DATA_DIRS

# types SHELL OPTION...: with its first lines on standard input
types()
{
	t_has "$1" || return 0
	timeout 100 python3 -B "$HERE/completions.py" "$prefix" "$@" >"$T/typed" 2>&1 || t_fail "$1: to the end"
	while IFS= read -r line; do
		case $line in
		'ok - '*) t_ok "${line#ok - }";;
		'not ok - '*) t_fail "${line#not ok - }";;
		*) t_note "${line#\# }";;
		esac
	done <"$T/typed"
}

if [ -e /usr/share/bash-completion/bash_completion ]; then
	echo ". /usr/share/bash-completion/bash_completion; PS1='$ '" | types bash --norc --noprofile -i
else
	t_skip 'there is no bash-completion'
fi
echo "PS1='$ '; fpath=($share/zsh/site-functions \$fpath); autoload -Uz compinit; compinit -u -D" | types zsh -f -i
echo 'true' | types fish --private

"$TOP/tools/install-links" uninstall "$prefix"
t_is "$(find "$prefix" -type l)" '' 'uninstall leaves no link'
t_done
