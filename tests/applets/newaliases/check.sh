#!/bin/sh
# SPDX-License-Identifier: ISC
#
# newaliases without names: every line is checked, errors are named by file and line, the exit status says if there are any.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf

# aliases_are TEXT: write the alias file and check it.
aliases_are()
{
	printf '%s' "$1" >"$T/aliases"
	t_run newaliases
}

nl='
'
aliases_are "# comment${nl}postmaster: al${nl}team: al, bo,${nl}	carla${nl}"
t_is "$STATUS" 0 'a good file'
t_is "$(cat "$T/out")" "$T/aliases: 2 aliases, longest 14 bytes, 30 bytes total" 'is counted'
t_is "$(cat "$T/err")" '' 'and there is nothing to say of it'

aliases_are "postmaster: al${nl}x: al,${nl} \"|open${nl}no colon${nl}"
t_is "$STATUS" 65 'errors: EX_DATAERR'
t_is "$(cat "$T/err")" "$T/aliases:3: a quote, parenthesis or angle bracket is not closed
$T/aliases:4: there is no \"name:\" at the start of the line" 'each by file and line'

aliases_are "postmaster: al${nl}x: gone${nl}"
t_is "$STATUS" 0 'a warning is no error'
t_is "$(cat "$T/err")" "$T/aliases:2: warning: there is no user gone" 'an unknown user is a warning'

aliases_are "a: b${nl}b: A${nl}postmaster: al${nl}"
t_is "$STATUS" 65 'a loop is an error'
t_is "$(cat "$T/err")" "$T/aliases:2: aliases lead in a loop: a -> b -> a" 'whatever the case of the names'

aliases_are ''
t_is "$(cat "$T/err")" "$T/aliases: warning: there is no alias postmaster; that mail goes to root" 'no postmaster'
rm "$T/aliases"
t_run newaliases
t_is "$STATUS" 75 'a missing file: mail waits for it'
t_like "$(cat "$T/err")" "^newaliases: alias_maps: there is no $T/aliases$" 'which is said'

aliases_are "postmaster: al${nl}x: $(printf '\033]0;title\007')${nl}"
t_unlike "$(cat "$T/err")" "$(printf '\033')" 'nothing reaches the terminal unescaped'

aliases_are "postmaster: al${nl}"
chmod 602 "$T/aliases"
t_expect_exit 75 newaliases
t_is "$(cat "$T/err")" "newaliases: alias_maps: everybody may write to $T/aliases" 'a file that everybody may write'
chmod 600 "$T/aliases"

# Two files; the first counts.
printf 'postmaster: bo\nother: al\n' >"$T/more"
t_run newaliases -o "alias_maps=hash:$T/aliases, $T/more"
t_is "$(cat "$T/err")" "$T/more:1: warning: postmaster: the alias in $T/aliases:1 counts, this one does not" 'two files'
t_is "$(grep -c 'bytes total' "$T/out")" 2 'each is counted'
t_run newaliases -v
t_is "$(tail -n 1 "$T/out")" '0 errors, 0 warnings' '-v'
t_run newaliases -q
t_is "$(cat "$T/out" "$T/err")" '' '-q'

# The old name of sendmail -bi takes no -x.
t_expect_exit 64 newaliases -x
t_expect_exit 78 newaliases -o alias_maps=nis:mail.aliases
t_expect_exit 78 newaliases -C "$T/missing.conf"
t_expect_exit 0 newaliases --help
t_done
