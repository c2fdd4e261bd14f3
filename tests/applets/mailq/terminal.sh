#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What is in the queue comes from strangers; the operator's terminal shows it and obeys nothing of it.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf delivery_mode=queue
printf 'Subject: \033]0;title\007\n\nhello \342\200\256 there\n' >"$T/message"
bidi=$(printf '\342\200\256')
sendmail -f "al${bidi}x@far.example" "ev${bidi}il@far.example" <"$T/message"
file=$(ls "$SPOOL"/new/*)
id=${file##*/}
# A reply with control characters, an overlong form and C1, as a broken relay might have written it.
printf 'log 1764000000 Q 4.0.0 0 bad \300\200 \302\233 \355\240\200 reply\n' >>"$file"

t_expect_exit 0 mailq
t_is "$(LC_ALL=C grep -c "$bidi" "$T/out")" 0 'no bidirectional control gets through'
t_like "$(cat "$T/out")" 'al\\u\{202e\}x@far' 'it is written out'
t_like "$(cat "$T/out")" 'bad \\300\\200 \\u\{9b\} \\355\\240\\200 reply' 'what is no UTF-8, too, and C1'
t_expect_exit 0 mailq --json
t_is "$(LC_ALL=C grep -c "$bidi" "$T/out")" 0 'not in JSON either'
t_expect_exit 0 mailq --show -v "$id"
t_is "$(LC_ALL=C tr -d '\n\t\40-\176' <"$T/out" | wc -c | tr -d ' ')" 0 '--show: nothing but printable characters'
t_like "$(cat "$T/out")" '^Subject: \\033\]0;title\\007' '--show: an escape sequence is text'

# On a terminal lines are wrapped, not cut.
if command -v script >/dev/null && script -qec true /dev/null >/dev/null 2>&1; then
	long=$(seq -f 'word%.0f' 1 40 | paste -sd' ' -)
	printf 'log 1764000000 Q 4.0.0 0 %s\n' "$long" >>"$file"
	COLUMNS=80 script -qec "mailq $id" /dev/null </dev/null | tr -d '\r' >"$T/out"
	t_is "$(awk '{ if (length($0) > 80) n++ } END { print n + 0 }' "$T/out")" 0 'lines fit the terminal'
	t_is "$(tr -s ' \n' '  ' <"$T/out" | grep -c "$long")" 1 'and nothing is lost'
else
	t_skip 'there is no script command'
fi
t_done
