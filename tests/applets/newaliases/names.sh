#!/bin/sh
# SPDX-License-Identifier: ISC
#
# newaliases NAME: where its mail goes, step by step with -v.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf 'relayhost=[relay]'
chmod 700 "$T/home/al"
cat >"$T/aliases" <<'A'
dupont: henri.dupont
henri.dupont: al
team: al, gone
loop: pool
pool: loop
bad: a b
A
chmod 600 "$T/aliases"

t_run newaliases -v dupont
t_is "$STATUS" 0 'a user'
t_is "$(cat "$T/out")" "  append origin: dupont@test.example (myorigin)
  test.example is local (mydestination)
  dupont: alias in $T/aliases:1 -> henri.dupont
    append origin: henri.dupont@test.example (myorigin)
    test.example is local (mydestination)
    henri.dupont: alias in $T/aliases:2 -> al
      append origin: al@test.example (myorigin)
      test.example is local (mydestination)
      account al: maildir $T/home/al/Maildir
al@test.example... deliverable: mailer local, user al" 'every step'

t_is "$(newaliases x@example.org)" 'x@example.org... deliverable: mailer esmtp, host [relay]:25, user x@example.org' 'remote'
t_is "$(newaliases postmaster)" 'postmaster@test.example... deliverable: mailer local, user al' 'postmaster is somebody'
t_expect_exit 67 newaliases team
t_is "$(cat "$T/out")" 'al@test.example... deliverable: mailer local, user al
gone@test.example... User unknown' 'some of an alias'
t_expect_exit 67 newaliases gone
t_expect_exit 69 newaliases loop
t_expect_exit 75 newaliases bad
t_expect_exit 67 newaliases ../../etc/passwd
t_expect_exit 67 newaliases -- -X/tmp/x
t_expect_exit 0 newaliases al bo
t_done
