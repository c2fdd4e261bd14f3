#!/bin/sh
# SPDX-License-Identifier: ISC
#
# walkthrough.sh - "From an account to a message" of imapd(8), command by command as it is printed there.
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/mailserver.sh"

t_init
mailserver_walk imapd.8 'a[0-9] (?!OK )'
t_is "$(grep -c '^ok' "$T/talked")" 6 'six commands'
t_is "$(find "$T/desk/box/ada/cur" -name '*:2,S' | grep -c .)" 1 'the message was read'
t_done
