#!/bin/sh
# SPDX-License-Identifier: ISC
#
# idle.sh - IDLE_SESSIONS (200) IMAP sessions wait on as many mailboxes of one user id, and each is told of the message that
# comes: with the instances of inotify that the system gives a user, and with next to none.
. "${0%/*}/../support/lib.sh"
. "${0%/*}/../support/idle.sh"

t_init
idle_init "${IDLE_SESSIONS:-200}"
idle_run
idle_run 16
t_done
