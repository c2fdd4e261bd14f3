#!/bin/sh
# SPDX-License-Identifier: ISC
#
# idle.sh - sessions that wait in IDLE, all of one user id, as virtual users are; a message for each, and for all. Also
# where the system gives that user id too few instances of inotify, or none: then they poll.
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/idle.sh"

t_init
idle_init 12
idle_run
idle_run 4
# Nobody but root may look into other sessions.
[ "$(id -u)" -ne 0 ] || t_like "$(cat "$T/talked")" '^figure inotify=[04] ' 'some of them poll'
idle_run 0
t_done
