#!/bin/sh
# SPDX-License-Identifier: ISC
#
# LMTP: one mailbox refuses, the others have the message, and a client that tries again for that one alone gives
# nobody a second one. What is for somebody else is queued.
. "${0%/*}/../../support/lib.sh"
command -v python3 >/dev/null || t_skip_all 'there is no python3'
t_init
t_conf
t_start_smtpd --lmtp || t_done
mkdir -p "$T/home/bo"
: >"$T/home/bo/Maildir"

# send RECIPIENT...: the outcome of each
send()
{
	python3 - "$SMTP_PORT" "$@" <<-'END'
		import socket, sys
		s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
		f = s.makefile("rw", newline="")
		def reply():
		    line = f.readline()
		    while line[3] == "-":
		        line = f.readline()
		    return line
		def say(text):
		    f.write(text + "\r\n")
		    f.flush()
		    return reply()
		reply()
		say("LHLO c")
		say("MAIL FROM:<x@far.example>")
		for r in sys.argv[2:]:
		    say("RCPT TO:<%s@test.example>" % r)
		first = say("DATA")
		if first[0] != "3":
		    print(first[:3])
		else:
		    f.write("Subject: x\r\n\r\nhello\r\n.\r\n")
		    f.flush()
		    print(" ".join(reply()[:3] for r in sys.argv[2:]))
	END
}

t_is "$(send al bo carla)" '250 451 250' 'each recipient has an outcome of its own'
t_is "$(t_mail_count al) $(t_mail_count carla)" '1 1' 'the others have it'
t_is "$(t_queue_count)" 0 'and nothing is queued'
t_is "$(send bo)" 451 'again, for that one: still not'
rm "$T/home/bo/Maildir"
t_is "$(send bo)" 250 'the mailbox is mended, and the client tries again'
t_is "$(t_mail_count al) $(t_mail_count bo) $(t_mail_count carla)" '1 1 1' 'each has it once'

# Somebody else's mailbox, as those of all accounts are for a server that has given up root: the relay can be him.
t_stop "$SMTPD_PID"
mkdir -p "$T/home/eve"
printf 'eve:{PLAIN}secret:1:1::%s::\n' "$T/home/eve" >>"$T/users"
if [ "$(id -u)" -eq 0 ]; then
	t_conf mail_owner=nobody
	chown 1:1 "$T/home/eve"
	rm -rf "$SPOOL"
fi
t_start_smtpd --lmtp || t_done
t_is "$(send eve)" 250 'the mailbox of another user: it is taken'
t_is "$(t_queue_count)" 1 'into the queue'
if [ "$(id -u)" -eq 0 ]; then
	mta-relay --once
	t_is "$(find "$T/home/eve/Maildir/new" -type f -uid 1 | wc -l)" 1 'and the relay, which is root, is that user'
fi
t_done
