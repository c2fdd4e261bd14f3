#!/bin/sh
# SPDX-License-Identifier: ISC
#
# walkthrough.sh - "From an account to a message" of pop3d(8), command by command as it is printed there.
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/mailserver.sh"

t_init
mailserver_walk pop3d.8 '[A-Z]{4}( |$)'
t_is "$(grep -c '^ok' "$T/talked")" 7 'seven commands'
t_is "$(find "$T/desk/box/ada/new" "$T/desk/box/ada/cur" -type f | grep -c .)" 0 'the message was collected'
t_done
