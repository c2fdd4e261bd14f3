#!/bin/sh
# SPDX-License-Identifier: ISC
#
# mda --forward: aliases and forward files; without it the mailbox.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf delivery_mode=interactive
printf 'Subject: x\n\nhello\n' >"$T/message"
printf 'bo\n' >"$T/home/al/.forward"
chmod 600 "$T/home/al/.forward"
t_expect_exit 0 mda -f x@far.example al <"$T/message"
t_is "$(t_mail_count al) $(t_mail_count bo)" '1 0' 'without --forward the file is not looked at'
t_expect_exit 0 mda --forward -f x@far.example al <"$T/message"
t_is "$(t_mail_count al) $(t_mail_count bo)" '1 1' 'with it the mail goes on'
t_is "$(t_newest bo | sed -n 's/^Return-Path: //p')" '<x@far.example>' 'with its sender'
echo 'team: bo, carla' >"$T/aliases"
t_expect_exit 0 mda --forward team <"$T/message"
t_is "$(t_mail_count bo) $(t_mail_count carla)" '2 1' 'an alias'
t_expect_exit 67 mda team <"$T/message"
t_expect_exit 67 mda --forward nosuch <"$T/message"
t_conf delivery_mode=queue
printf 'al@far.example\n' >"$T/home/al/.forward"
t_expect_exit 0 mda --forward al <"$T/message"
t_is "$(t_queue_count)" 1 'to elsewhere: it is queued'
t_done
