#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A user who may not write the spool: the server's socket, else a spool of the user's own.
. "${0%/*}/../../support/lib.sh"
[ "$(id -u)" -eq 0 ] || t_skip_all 'only root can become somebody else'
t_init
t_user al
t_user bo
t_user eve '{PLAIN}x:12345:12345::'"$T/home/eve"'::'
t_conf delivery_mode=queue
printf 'Subject: x\n\nhello\n' >"$T/message"
chmod 755 "$T/home"
t_expect_exit 0 sendmail x@far.example <"$T/message"
mkdir "$T/nobody"
chown 65534:65534 "$T/nobody"

as_nobody()
{
	TMPDIR=$T/nobody XDG_STATE_HOME=$T/nobody t_run t_nobody "$@"
}

as_nobody sendmail x@far.example <"$T/message"
t_is "$STATUS" 0 'without a server'
t_is "$(ls "$SPOOL/new" | wc -l | tr -d ' ')" 1 'the system queue is not touched'
t_is "$(ls "$T/nobody/letterbox/new" | wc -l | tr -d ' ')" 1 'it is in the spool of the user'
as_nobody mailq --spool "$T/nobody/letterbox"
t_like "$(cat "$T/out")" 'x@far\.example' 'where mailq shows it'

# Whom only the mail service may deliver to.
as_nobody sendmail eve <"$T/message"
t_is "$STATUS" 75 'to another user of this machine, without a server: not accepted'
t_like "$(cat "$T/err")" 'the mail service \(smtpd --submit\) does not run, and only it can deliver to <eve@test\.example>' 'and it says why'
as_nobody sendmail -f al eve x@far.example <"$T/message"
t_is "$STATUS" 0 'with one that can be reached: accepted'
mkdir -p "$T/home/al/Maildir"
chown -R 65534 "$T/home/al"
as_nobody env LETTERBOX_SPOOL="$T/nobody/letterbox" mta-relay --once
t_like "$(cat "$T"/home/al/Maildir/new/* | tr -s "\n\t" "  ")" "eve is another user, and the mail service was not there" \
	'who never can get it is bounced at once'
# Nor does who has no directory of the own, as many a web server.
XDG_STATE_HOME=$T/home t_run t_nobody sendmail x@far.example <"$T/message"
t_like "$STATUS $(cat "$T/err")" '^75 sendmail: the mail service \(smtpd --submit\) does not run: cannot create directory .*Permission denied$' \
	'no server and no spool: not accepted, and it says why'
# A HOME that cron or sudo has left is not taken for the own.
TMPDIR=$T/nobody t_run t_nobody env -u XDG_STATE_HOME HOME="$T/home" letterbox config -h -C /dev/null queue_directory
t_is "$(cat "$T/out")" "$(getent passwd 65534 | cut -d: -f6 | sed "s,^/\$,,")/.local/state/letterbox" "another one's HOME does not count"
rm -rf "$T/nobody/letterbox" "$T/home/al/Maildir"
mkdir -p "$T/nobody/letterbox/new"
chown -R 65534 "$T/nobody/letterbox"

t_start submit smtpd --submit
# shellcheck disable=SC2154 # lib.sh sets it
server=$t_pid
t_wait 10 test -S "$SPOOL/submit.sock" || t_fail 'smtpd --submit makes its socket'
before=$(t_mail_count al)
printf 'To: al\nBcc: bo\nSubject: submitted\n\nM\303\274nchen\n.\n' >"$T/in"
as_nobody sendmail -t -f al <"$T/in"
t_is "$STATUS" 0 'through the socket'
t_is "$(t_mail_count al)" "$((before + 1))" 'it is delivered by the server'
t_is "$(t_newest al | sed -n 's/^Return-Path: //p')" '<al@test.example>' 'with its sender'
t_like "$(t_newest al)" '^Message-ID: <' 'repaired'
t_like "$(t_newest al)" 'userid 65534' 'and it says whose it was'
t_is "$(t_newest al | grep -ci '^bcc')" 0 'without Bcc'
as_nobody sendmail nosuch <"$T/message"
t_is "$STATUS" 67 'an unknown user is refused there, too'
as_nobody sendmail --wait=queued x@far.example <"$T/message"
t_is "$STATUS" 0 'for elsewhere'
t_is "$(ls "$SPOOL/new" | wc -l | tr -d ' ')" 2 'it is in the system queue'
printf 'EHLO vm\r\nMAIL FROM:<al>\r\nRCPT TO:<bo>\r\nDATA\r\nSubject: bs\r\n\r\nhello\r\n.\r\nQUIT\r\n' >"$T/in"
as_nobody sendmail -bs <"$T/in"
t_like "$(t_newest bo)" '^Subject: bs' '-bs goes the same way'
t_stop "$server"

# A socket that nobody listens on.
before=$(ls "$T/nobody/letterbox/new" | wc -l)
[ -S "$SPOOL/submit.sock" ] || python3 -c "import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])" \
	"$SPOOL/submit.sock" 2>/dev/null
chmod 666 "$SPOOL/submit.sock" 2>/dev/null
chmod 711 "$SPOOL"
as_nobody sendmail x@far.example <"$T/message"
t_is "$STATUS" 0 'a dead socket: no fault'
t_is "$(ls "$T/nobody/letterbox/new" | wc -l)" "$((before + 1))" 'it is in the spool of the user'
t_done
