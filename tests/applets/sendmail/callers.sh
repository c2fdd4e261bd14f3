#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The command lines and inputs of the programs that call sendmail, to the letter.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf delivery_mode=queue

# field NAME: of the newest message of al
field()
{
	t_newest al | sed -n "/^$/q; s/^$1: //p"
}

# cronie: the header is its own, with "root (Cron Daemon)" and no domain.
cat >"$T/cron" <<-'END'
	From: "(Cron Daemon)" <root>
	To: al
	Subject: Cron <root@vm> echo hello
	MIME-Version: 1.0
	Content-Type: text/plain; charset=UTF-8
	Auto-Submitted: auto-generated
	X-Cron-Env: <HOME=/root>

	hello
END
t_expect_exit 0 sendmail -FCronDaemon -i -odi -oem -oi -t -f root <"$T/cron"
t_is "$(t_mail_count al)" 1 'cronie: delivered'
t_is "$(field Return-Path)" '<root@test.example>' 'cronie: the sender of -f root is qualified'
t_is "$(field From)" '"(Cron Daemon)" <root@test.example>' 'cronie: From is qualified'
t_is "$(field To)" 'al@test.example' 'cronie: To is qualified'

# Older crons.
printf 'From: root (Cron Daemon)\nTo: al\nSubject: x\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail -FCronDaemon -i -odi -oem -oi -t <"$T/in"
t_is "$(field From)" 'root@test.example (Cron Daemon)' 'cron: root (Cron Daemon) is a valid address now'

# busybox crond: no header but To and Subject.
printf 'To: al\nSubject: cron: echo x\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail -ti <"$T/in"
t_is "$(t_mail_count al)" 3 'busybox crond: delivered'

# PHP mail(), with -fX as its fifth argument.
printf 'To: al@test.example\nSubject: php\nX-PHP-Originating-Script: 0:x.php\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail -t -i -fwww@site.example <"$T/in"
t_is "$(field Return-Path)" '<www@site.example>' 'PHP: -fX'
printf 'To: al\r\nSubject: php\r\nFrom: www@site.example\r\n\r\nline one\r\nline two\r\n' >"$T/in"
t_expect_exit 0 sendmail -t -i <"$T/in"
t_is "$(t_newest al | sed '1,/^$/d' | tr '\r\n' '<|')" 'line one|line two|' 'PHP with CRLF: the body has LF lines'
t_is "$(field Subject)" php 'PHP with CRLF: the header is whole'

# Symfony and Swiftmailer, as they are by default.
printf 'EHLO [127.0.0.1]\r\nMAIL FROM:<app@site.example>\r\nRCPT TO:<al@test.example>\r\nDATA\r\nSubject: symfony\r\n\r\nhello\r\n.\r\nQUIT\r\n' >"$T/in"
t_expect_exit 0 sendmail -bs <"$T/in"
t_like "$(cat "$T/out")" '^250 2\.0\.0 Ok: queued as' 'Symfony: accepted'
t_is "$(field Subject)" symfony 'Symfony: delivered'

# Alpine.
printf 'HELO vm\r\nMAIL FROM:<al>\r\nRCPT TO:<al>\r\nDATA\r\nSubject: alpine\r\n\r\nhello\r\n.\r\nQUIT\r\n' >"$T/in"
t_expect_exit 0 sendmail -bs -odb -oem <"$T/in"
t_is "$(field Subject)" alpine 'Alpine: delivered'

# mutt, with the addresses joined by commas or not.
before=$(t_mail_count bo)
printf 'From: al\nTo: al, bo\nSubject: mutt\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail -oem -oi -f al@test.example -- al bo <"$T/in"
printf 'From: al\nTo: al, bo\nSubject: mutt\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail -oem -oi -f al@test.example -- al,bo <"$T/in"
t_is "$(t_mail_count bo)" "$((before + 2))" 'mutt: both reached both'

# git send-email.
printf 'From: Al <al@test.example>\nTo: bo@test.example\nSubject: [PATCH] x\n\n---\n' >"$T/in"
t_expect_exit 0 sendmail -i -f al@test.example bo@test.example <"$T/in"
printf 'From: Al <al@test.example>\nSubject: x\n\nbody\n' >"$T/in"
t_expect_exit 0 sendmail -i bo@test.example <"$T/in"

# mailutils.
printf 'To: <al@test.example>\nSubject: mailutils\nUser-Agent: mail (GNU Mailutils 3.15)\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail -f root@vm.localdomain -oi -t <"$T/in"
t_is "$(field Return-Path)" '<root@vm.localdomain>' 'mailutils: -f user@host'

# s-nail, with and without its verbose flag.
printf 'To: al\nSubject: s-nail\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail -i -- al <"$T/in"
printf 'To: al\nSubject: s-nail\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail -i -v -f bo@test.example -- al <"$T/in"
t_like "$(cat "$T/out")" '^al@test\.example\.\.\. Sent' 's-nail -v: shows what it does'

# logcheck, unattended-upgrades, smartd: bsd-mailx calls so.
printf 'To: al\nSubject: x\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail -oi -oem -i -t -F 'Al Example' <"$T/in"
t_is "$(field From | sed 's/ <.*//')" 'Al Example' '-F names the sender of a message without From'

# fetchmail.
printf 'Return-Path: <x@far.example>\nSubject: fetched\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail -i -oem -f x@far.example al <"$T/in"
t_is "$(field Return-Path)" '<x@far.example>' 'fetchmail: one Return-Path'
t_is "$(t_queue_count)" 0 'nothing of all that waits'
t_done
