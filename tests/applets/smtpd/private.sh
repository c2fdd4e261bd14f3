#!/bin/sh
# SPDX-License-Identifier: ISC
#
# private.sh - what is wrong on this machine is told with its paths to the log and to users of this machine, and to
# nobody else: SMTP and LMTP, POP3, IMAP, and bounces.
. "${0%/*}/../../support/lib.sh"
command -v python3 >/dev/null || t_skip_all 'there is no python3'
t_init
t_conf
t_start smtpd smtpd --listen 127.0.0.1:0 --listen "$T/local.sock"
t_port smtpd 1 || t_done
smtp=$PORT
t_start lmtpd smtpd --lmtp --listen 127.0.0.1:0
t_port lmtpd || t_done
lmtp=$PORT
t_start pop3d pop3d --listen 127.0.0.1:0 -o disable_plaintext_auth=no
t_port pop3d || t_done
pop=$PORT
t_start imapd imapd --listen 127.0.0.1:0 -o disable_plaintext_auth=no
t_port imapd || t_done
imap=$PORT

# ask PLACE LINE...: the last reply to these lines, each sent when the one before was answered.
ask()
{
	python3 - "$@" <<-'END'
		import socket, sys
		place = sys.argv[1]
		if place.isdigit():
		    s = socket.create_connection(("127.0.0.1", int(place)))
		else:
		    s = socket.socket(socket.AF_UNIX)
		    s.connect(place)
		s.settimeout(20)
		f = s.makefile("rw", newline="")
		line = f.readline()
		for command in sys.argv[2:]:
		    f.write(command + "\r\n")
		    f.flush()
		    line = f.readline()
		    while line[3:4] == "-" or (command[-1] == "." and line[:3] == "250"):
		        line = f.readline()
		print(line.rstrip())
	END
}

# secret TEXT NAME: no path of this machine is in it.
secret()
{
	t_unlike "$1" "$T|/home|/var|users" "$2"
}

rm "$T/users"
said=$(ask "$smtp" 'EHLO c' 'MAIL FROM:<x@far.example>' 'RCPT TO:<al@test.example>')
id=$(printf '%s\n' "$said" | sed -n 's/^451 4\.3\.0 Local problem, try again later (\([0-9A-Z]\{16\}\))$/\1/p')
t_like "$id" '^.{16}$' "a client of the network has an id: $said"
t_like "$(cat "$T/smtpd.log")" "$id: reject: RCPT from .*: 451 4\.3\.5 users_file: $T/users does not exist" 'and the log has the rest'
t_like "$(ask "$T/local.sock" 'EHLO c' 'MAIL FROM:<x@far.example>' 'RCPT TO:<al@test.example>')" \
	"^451 4\.3\.5 users_file: $T/users does not exist" 'a user of this machine is told by the socket'
t_like "$(printf 'EHLO c\r\nMAIL FROM:<x@far.example>\r\nRCPT TO:<al@test.example>\r\nQUIT\r\n' | sendmail -bs)" \
	"451 4\.3\.5 users_file: $T/users does not exist" 'and by -bs'
t_like "$(ask "$lmtp" 'LHLO c' 'MAIL FROM:<x@far.example>' 'RCPT TO:<al@test.example>')" \
	'^451 4\.3\.0 Local problem, try again later \(' 'LMTP'
said=$(ask "$pop" 'USER al' 'PASS secret')
t_like "$said" '^-ERR \[SYS/TEMP\] ' 'POP3'
secret "$said" "and no path: $said"
said=$(ask "$imap" 'a LOGIN al secret')
t_like "$said" '^a NO \[UNAVAILABLE\] ' 'IMAP'
secret "$said" "and no path: $said"

# In the message, and for one of several recipients.
t_conf
printf 'al:{PLAIN}secret::::%s/home/al::\nbo:{PLAIN}secret::::%s/home/bo::\n' "$T" "$T" >"$T/users"
mkdir -p "$T/home/bo"
rm -rf "$T/home/bo/Maildir"
: >"$T/home/bo/Maildir"
said=$(ask "$lmtp" 'LHLO c' 'MAIL FROM:<x@far.example>' 'RCPT TO:<al@test.example>' \
	'RCPT TO:<bo@test.example>' DATA "$(printf 'Subject: x\r\n\r\n.')")
t_like "$said" '^451 4\.3\.0 Local problem, try again later \(' 'an outcome of LMTP'
secret "$said" "and no path: $said"
t_like "$(cat "$T/lmtpd.log")" "$T/home/bo/Maildir" 'which is in the log'
said=$(ask "$imap" 'a LOGIN bo secret')
t_like "$said" '(NO|BYE) .*The mail cannot be opened' 'a mailbox that is none: IMAP'
secret "$said" "and no path: $said"
said=$(ask "$pop" 'USER bo' 'PASS secret')
t_like "$said" '^-ERR ' 'POP3'
secret "$said" "and no path: $said"
t_done
