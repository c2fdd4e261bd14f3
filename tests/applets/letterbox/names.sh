#!/bin/sh
# SPDX-License-Identifier: ISC
#
# How the binary finds the applet, and the state in which a process starts.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf

t_run letterbox --list
t_is "$STATUS" 0 '--list'
names=$(cat "$T/out")
t_like "$names" '^mailq$' 'mailq is there'
t_is "$(printf '%s\n' "$names" | sort -u | wc -l)" "$(printf '%s\n' "$names" | wc -l)" 'no name is there twice'
t_run letterbox --list -v
t_like "$(cat "$T/out")" '^mailq  *[a-z]' '--list -v says what it is for'

for name in $names; do
	t_run letterbox "$name" --help
	t_is "$STATUS $(sed -n '1s/^usage: [^ ]* .*/usage/p' "$T/out")" '0 usage' "letterbox $name --help"
	cp "$T/out" "$T/first"
	t_run "$LETTERBOX" "$name" --help
	t_same "$T/out" "$T/first" "letterbox $name --help, by the binary's own name"
	ln -sf "$LETTERBOX" "$T/$name"
	t_run "$T/$name" --help
	t_same "$T/out" "$T/first" "a link called $name"
	t_run letterbox --help "$name"
	t_same "$T/out" "$T/first" "letterbox --help $name"
	t_run letterbox "$name" --frobnicate
	t_is "$STATUS" 64 "an unknown option of $name"
	t_like "$(cat "$T/err")" ': unknown option --frobnicate$' "$name names it"
done

t_is "$(letterbox --version)" "letterbox $(cat "$TOP/VERSION")" '--version'
t_is "$(mailq --version)" "letterbox $(cat "$TOP/VERSION")" 'the same for an applet'
t_expect_exit 64 letterbox mailk
t_is "$(cat "$T/err")" 'letterbox: there is no applet mailk (did you mean mailq?)' 'the nearest name'
t_expect_exit 64 letterbox --help nothing
ln -s "$LETTERBOX" "$T/some-name"
t_is "$("$T/some-name" --version)" "letterbox $(cat "$TOP/VERSION")" 'any other name is letterbox'

# What the parent left closed, ignored or blocked.
t_run sh -c 'letterbox --list >&-'
t_is "$STATUS" 0 'with standard output closed'
t_run sh -c 'exec letterbox config <&- >&- 2>&-'
t_is "$STATUS" 0 'with all three closed'
t_is "$(letterbox --list | head -n 1)" imapd 'a reader that leaves'
if [ -c /dev/full ]; then
	letterbox --list >/dev/full 2>"$T/err"
	t_is $? 74 'an output that is full'
	t_like "$(cat "$T/err")" 'No space left' 'and says so'
fi
if command -v python3 >/dev/null; then
	t_run python3 -c 'import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
os.execv(os.environ["LETTERBOX"], [])' 2>/dev/null
	t_run python3 - <<'P'
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
argv = (ctypes.c_char_p * 1)(None)
libc.execv(os.environ["LETTERBOX"].encode(), argv)
P
	t_is "$STATUS" 0 'an empty argument vector'
	t_like "$(cat "$T/out")" '^usage: letterbox ' 'is letterbox itself'
else
	t_skip 'there is no python3'
fi
t_done
