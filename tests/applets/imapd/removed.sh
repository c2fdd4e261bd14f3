#!/bin/sh
# SPDX-License-Identifier: ISC
#
# removed.sh - a message that another client has removed, and of which this one has not heard yet: EXPUNGEISSUED (RFC 5530).
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/mailserver.sh"
mailserver_init imaplib
mailserver_user al
for n in 1 2; do
	printf 'Subject: %s\n\n%s\n' $n $n >"$T/home/al/Maildir/cur/$n.host:2,"
done
mailserver_conf
mailserver_start imapd imapd

cat >"$T/talk.py" <<'END'
import imaplib, sys

def client():
    c = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]))
    c.login("al", "secret")
    c.select()
    return c

def say(c, line):
    tag = c._new_tag()
    c.send(tag + b" " + line + b"\r\n")
    while True:
        got = c.readline()
        if got.startswith(tag + b" "):
            return got[len(tag) + 1:].decode().strip()

one, other = client(), client()
say(other, b"STORE 1 +FLAGS.SILENT (\\Deleted)")
say(other, b"EXPUNGE")
print(say(one, b"FETCH 1:2 BODY.PEEK[TEXT]"))
print(say(one, b"COPY 1 INBOX"))
END
t_is "$(python3 "$T/talk.py" "$PORT")" 'OK [EXPUNGEISSUED] Some of the messages are gone
NO [EXPUNGEISSUED] The messages are gone' 'a message is gone'
t_done
