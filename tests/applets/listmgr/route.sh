#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What smtpd, sendmail -bv and -bt say to the addresses of a list.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf myhostname=m.example.org myorigin=example.org mydestination=example.org,m.example.org mynetworks=127.0.0.1 \
	virtual_mailbox_domains=v.example.org smtpd_hard_error_limit=20

# Where there are no lists nothing is known of them.
t_expect_exit 67 sendmail -bv friends@example.org
t_expect_exit 67 sendmail -bv listmgr@example.org
listmgr create --owner al@example.org friends >/dev/null
listmgr create --owner al@example.org news@v.example.org >/dev/null

t_run sendmail -bv friends@example.org friends+help@m.example.org friends-leave@example.org owner-friends@example.org \
	listmgr news+join@v.example.org al
cat >"$T/want" <<'END'
friends@example.org... deliverable: mailer list, list friends
friends+help@m.example.org... deliverable: mailer list, list friends
friends-leave@example.org... deliverable: mailer list, list friends
owner-friends@example.org... deliverable: mailer list, list friends
listmgr@example.org... deliverable: mailer list
news+join@v.example.org... deliverable: mailer list, list news@v.example.org
al@example.org... deliverable: mailer local, user al
END
t_same "$T/out" "$T/want" 'sendmail -bv knows the addresses of lists'
t_run sendmail -bt friends+help@example.org
t_like "$(cat "$T/out")" '^  mailing list friends$' 'sendmail -bt shows the step'
t_expect_exit 67 sendmail -bv friends+nonsense@example.org
t_expect_exit 77 sendmail -bv friends+confirm-0a1xk3f0q8zj2m5tw7c-al=example.net@example.org

# An ordinary user may not look into the lists of the system, and so does not say that there are none.
if [ "$(id -u)" = 0 ]; then
	t_run t_nobody sendmail -bv friends@example.org
	t_is "$STATUS" 75 'who may not look says that it is not known'
fi

t_start_smtpd
# ask SENDER RECIPIENT...: the replies from MAIL on, in $T/replies.
ask()
{
	printf 'EHLO client\r\nMAIL FROM:<%s>\r\n' "$1" >"$T/in"
	shift
	printf 'RCPT TO:<%s>\r\n' "$@" >>"$T/in"
	printf 'QUIT\r\n' >>"$T/in"
	smtpd <"$T/in" >"$T/out" 2>"$T/err"
	sed -n 's/\r$//; 1,/^250 [A-Z]/d; p' "$T/out" >"$T/replies"
}

ask x@example.net friends@example.org friends+subscribe@example.org friends+subscribe-al=example.net@example.org \
	friends-get-1-20@example.org friends+nonsense@example.org friends-nonsense@example.org listmgr@example.org \
	'../friends@example.org' '.../....///friends@example.org' news@v.example.org nobody@v.example.org
t_is "$(cut -c 1-9 "$T/replies" | tr '\n' ' ')" \
	'250 2.1.0 250 2.1.5 250 2.1.5 250 2.1.5 250 2.1.5 550 5.1.1 550 5.1.1 250 2.1.5 501 5.1.3 501 5.1.3 250 2.1.5 550 5.1.1 221 2.0.0 ' \
	'smtpd knows them too, and refuses words that the list does not know'

# A bounce that is forged is not taken.
ask '' friends+bounces@example.org friends+bounces-0a1xk3f0q8zj2m5tw7c-al=example.net@example.org \
	friends-bounces-0a1xk3f0q8zj2m5tw7c-al=example.net@example.org friends+confirm@example.org \
	friends+confirm-@example.org friends+accept-0a1xk3f0q8zj2m5tw7c-0123@example.org \
	"friends+confirm-0a1xk3f0q8zj2m5tw7c-$(printf '%0200d' 0)=example.net@example.org"
t_is "$(cut -c 1-9 "$T/replies" | tr '\n' ' ')" \
	'250 2.1.0 250 2.1.5 550 5.7.1 550 5.7.1 550 5.7.1 550 5.7.1 550 5.7.1 550 5.7.1 221 2.0.0 ' \
	'what was not signed by the list is refused'

# Who guesses is sent away by the limit of errors, like everybody who makes many mistakes.
# shellcheck disable=SC2046
ask '' $(seq -f 'friends+confirm-0a1xk3f0q8zj2m%05.0f-al=example.net@example.org' 1 40)
t_is "$(grep -c '^550 5.7.1' "$T/replies") $(grep -c '^421' "$T/replies")" '21 1' 'guesses end with smtpd_hard_error_limit'

# The server that has given up its rights can read keys, and load what checks them.
printf 'EHLO client\r\nMAIL FROM:<>\r\nRCPT TO:<friends+confirm-0a1xk3f0q8zj2m5tw7c-a=b@example.org>\r\nRCPT TO:<friends@example.org>\r\nQUIT\r\n' >"$T/in"
python3 - "$SMTP_PORT" "$T/in" >"$T/out" <<'END'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
f = s.makefile("rwb")
f.readline()
for line in open(sys.argv[2], "rb"):
    f.write(line)
    f.flush()
    while True:
        reply = f.readline()
        sys.stdout.write(reply.decode())
        if reply[3:4] != b"-":
            break
END
t_like "$(cat "$T/out")" '^550 5\.7\.1' 'an enclosed server refuses what is forged'
t_like "$(cat "$T/out")" '^250 2\.1\.5' 'and takes a post'

# A key that others may read is not used.
chmod 644 "$SPOOL/lists/friends/key"
ask '' friends+confirm-0a1xk3f0q8zj2m5tw7c-a=b@example.org
t_like "$(cat "$T/replies")" '^451 4\.3\.5' 'nor is a key that others may read'
t_unlike "$(cat "$T/replies")" "$(cat "$SPOOL/lists/friends/key")" 'of which nothing is told'
t_done
