#!/bin/sh
# SPDX-License-Identifier: ISC
#
# -bv and -bt.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf
printf 'dupont: Henri.Dupont\nhenri.dupont: al\nlist: bo, x@far.example, nosuch\nloop: loop2\nloop2: loop\n' >"$T/aliases"

t_expect_exit 0 sendmail -bv al
t_is "$(cat "$T/out")" 'al@test.example... deliverable: mailer local, user al' '-bv: a user'
t_expect_exit 67 sendmail -bv nosuch
t_is "$(cat "$T/out")" 'nosuch@test.example... User unknown' '-bv: nobody'
t_expect_exit 0 sendmail -bv x@far.example
t_is "$(cat "$T/out")" 'x@far.example... deliverable: mailer esmtp, host far.example, user x@far.example' '-bv: elsewhere'
t_expect_exit 67 sendmail -bv al nosuch bo
t_is "$(grep -c . "$T/out")" 3 '-bv: one line each'
t_expect_exit 67 sendmail -bv list
t_is "$(sed 's/\.\.\. .*//' "$T/out" | tr '\n' ' ')" 'bo@test.example x@far.example nosuch@test.example ' '-bv: all of an alias'
t_expect_exit 65 sendmail -bv 'al@'
t_run sendmail -bv loop
t_unlike "$STATUS" '^0$' '-bv: a loop is no address'
t_like "$(cat "$T/out")" 'loop' '-bv: and is called so'
t_expect_exit 64 sendmail -bv
esc=$(printf '\033')
t_run sendmail -bv "a${esc}[2J@test.example"
t_is "$(grep -c "$esc" "$T/out")" 0 '-bv: a terminal is safe from addresses'

t_expect_exit 0 sendmail -bt dupont
t_like "$(cat "$T/out")" 'append origin: dupont@test\.example' '-bt: the domain is appended'
t_like "$(cat "$T/out")" 'test\.example is local \(mydestination\)' '-bt: the domain is ours'
t_like "$(cat "$T/out")" "dupont: alias in $T/aliases:1 -> Henri\.Dupont" '-bt: the alias, with its line'
t_like "$(cat "$T/out")" 'account al: maildir' '-bt: the mailbox'
t_is "$(tail -n 1 "$T/out")" 'al@test.example... deliverable: mailer local, user al' '-bt: and what comes of it'
t_expect_exit 0 sendmail -bt postmaster
t_is "$(grep -c 'neither alias nor account, taken as' "$T/out")" 2 '-bt: postmaster is root, and root is somebody'
printf 'al\nnosuch\n\nbo,carla\n' >"$T/in"
t_expect_exit 0 sendmail -bt <"$T/in"
t_is "$(grep -c '\.\.\. ' "$T/out")" 4 '-bt: addresses from standard input'
t_is "$(find "$SPOOL" "$T/home" -type f 2>/dev/null)" '' 'nothing was sent'
t_done
