#!/bin/sh
# SPDX-License-Identifier: ISC
#
# clients.sh - each client that is installed here sends a message to al; it must be in al's Maildir, with the body as it
# was given. With INTEROP_PRIVATE=1 the root file system is a copy: then sendmail is put where programs have it compiled
# in.
. "${0%/*}/../support/lib.sh"

t_init
# shellcheck disable=SC2119
t_conf
t_start_smtpd -o smtpd_timeout=60 || t_done
port=$SMTP_PORT
LC_ALL=C.UTF-8
export LC_ALL
sendmail=$LETTERBOX_BIN/sendmail

if [ -n "${INTEROP_PRIVATE:-}" ]; then
	cp "$LETTERBOX_CONF" /etc/letterbox.conf
	ln -sf "$sendmail" /usr/sbin/sendmail
	ln -sf "$sendmail" /usr/lib/sendmail
	sendmail=/usr/sbin/sendmail
fi

# Lines that go wrong where dots, "From ", blanks or 8-bit text are not carried through; \303\251 is UTF-8.
body()
{
	printf '.\n..\n.dot at the start\nFrom here on\n  blanks at both ends  \nna\303\257vet\303\251\n'
	printf 'the end of %s\n' "$1"
}

# received NAME: is what al got last the message NAME, with its body whole? Whatever encoding the client has chosen.
received()
{
	t_newest al >"$T/newest" 2>/dev/null
	python3 - "$T/newest" "$T/body" "${1##*[: ]}" <<'END'
import email, email.policy, sys

message = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
part = message.get_body() or message
charset = part.get_content_charset() or "utf-8"
text = part.get_payload(decode=True).decode("utf-8" if charset == "us-ascii" else charset)
want = open(sys.argv[2], encoding="utf-8").read()
# Some clients quote such a line themselves.
got = text.replace("\r\n", "\n").replace("\n>From ", "\nFrom ")
if sys.argv[3] == "alpine":
    # Its editor lays paragraphs out anew.
    got, want = (" ".join(t.split()) for t in (got, want))
if want.rstrip("\n") not in got:
    sys.exit("got:\n%s\nwant:\n%s" % (got, want))
# What a message lacks is added where it is submitted, by sendmail.
added = ["From", "Date", "Message-ID"] if sys.argv[3] in ("sendmail", "mail()", "job") else []
for name in ["Return-Path", "Delivered-To"] + added:
    if not message[name]:
        sys.exit("there is no %s" % name)
END
}

# client NAME PROGRAM COMMAND...: run with the body on standard input, then look.
client()
{
	name=$1 program=$2
	shift 2
	if ! command -v "$program" >/dev/null; then
		t_skip "$name: $program is not installed"
		return
	fi
	before=$(t_mail_count al)
	body "$name" >"$T/body"
	timeout 60 "$@" <"$T/body" >"$T/out" 2>"$T/err"
	STATUS=$?
	# A client may be done before its sendmail is.
	t_wait 20 t_mail_is al $((before + 1))
	if [ "$STATUS" -eq 0 ] && [ "$(t_mail_count al)" -eq $((before + 1)) ] && received "$name" 2>"$T/why"; then
		t_ok "$name"
	else
		t_fail "$name"
		t_note "exit status $STATUS, $(($(t_mail_count al) - before)) messages"
		cat "$T/why" "$T/err" "$T/out" 2>/dev/null | t_note
	fi
}

# shellcheck disable=SC2016 # for the shell inside
with_headers='printf "From: sender@test.example\nTo: al@test.example\nSubject: test\n"
	printf "Date: Sat, 22 Nov 2025 03:30:00 +0000\nMessage-ID: <1@test.example>\n\n"; cat'

client 'swaks: SMTP' swaks sh -c 'swaks --server 127.0.0.1:'"$port"' --from sender@test.example --to al@test.example \
	--body - --suppress-data'
client 'swaks: SMTP, pipelined' swaks sh -c 'swaks --server 127.0.0.1:'"$port"' --from sender@test.example \
	--to al@test.example --pipeline --body - --suppress-data'
# The same with TLS, by STARTTLS and first of all; the certificate is checked where the client can.
"$TOP/tests/support/certs" "$T/certs"
t_start tls smtpd --listen 127.0.0.1:0 --listen-tls 127.0.0.1:0 -o "tls_cert_file=$T/certs/address.pem" \
	-o "tls_key_file=$T/certs/address.key" -o smtpd_tls_security_level=encrypt
t_port tls
tls_port=$PORT
smtps_port=$(sed -n 's/^listening on 127.0.0.1:\([0-9]*\)$/\1/p' "$T/tls.log" | tail -n 1)
client 'swaks: STARTTLS' swaks sh -c 'swaks -tls --server 127.0.0.1:'"$tls_port"' --from sender@test.example \
	--to al@test.example --body - --suppress-data'
client 'swaks: TLS first' swaks sh -c 'swaks -tlsc --server 127.0.0.1:'"$smtps_port"' --from sender@test.example \
	--to al@test.example --body - --suppress-data'
client 'curl: STARTTLS' curl sh -c '{ '"$with_headers"'; } | sed "s/\$/\r/" | curl -sS --ssl-reqd --cacert '"$T"'/certs/ca.pem \
	--url smtp://127.0.0.1:'"$tls_port"' --mail-from sender@test.example --mail-rcpt al@test.example --upload-file -'
client 'curl: TLS first' curl sh -c '{ '"$with_headers"'; } | sed "s/\$/\r/" | curl -sS --cacert '"$T"'/certs/ca.pem \
	--url smtps://127.0.0.1:'"$smtps_port"' --mail-from sender@test.example --mail-rcpt al@test.example --upload-file -'
client 'msmtp: STARTTLS' msmtp sh -c '{ '"$with_headers"'; } | msmtp --tls=on --tls-trust-file='"$T"'/certs/ca.pem \
	--host=127.0.0.1 --port='"$tls_port"' --from=sender@test.example al@test.example'

t_start lmtp smtpd --lmtp --listen 127.0.0.1:0
# shellcheck disable=SC2153 # t_port sets it
t_port lmtp && client 'swaks: LMTP' swaks sh -c 'swaks --server 127.0.0.1:'"$PORT"' --protocol LMTP \
	--from sender@test.example --to al@test.example --body - --suppress-data'
client 'swaks: sendmail -bs' swaks sh -c 'swaks --pipe "'"$sendmail"' -bs" --from sender@test.example \
	--to al@test.example --body - --suppress-data'

# Who logs in, and how: bo's password is "secret", carla's is stored as keys.
printf 'carla:%s::::%s/home/carla::\n' "$(echo geheim | letterbox passwd -s SCRAM-SHA-256)" "$T" >"$T/users.new"
grep -v '^carla:' "$T/users" >>"$T/users.new"
cp "$T/users.new" "$T/users"
t_start submission smtpd --submission --listen 127.0.0.1:0 -o auth_failure_delay=0
t_port submission
login=$PORT
for how in PLAIN LOGIN; do
	client "AUTH $how: swaks" swaks sh -c 'swaks --server 127.0.0.1:'"$login"' --from bo@test.example \
		--to al@test.example --auth '"$how"' --auth-user bo --auth-password secret --body - --suppress-data'
done
for how in 'PLAIN bo:secret' 'LOGIN bo:secret' 'SCRAM-SHA-256 bo:secret' 'SCRAM-SHA-256 carla:geheim'; do
	# curl has SCRAM where it was built with libgsasl.
	case $how in
	SCRAM*) curl --version | grep -q gsasl || { t_skip "AUTH $how: curl: built without it"; continue; };;
	esac
	user=${how#* }
	client "AUTH ${how% *} $user: curl" curl sh -c "{ $with_headers; } >'$T/whole'; curl -sS -T '$T/whole' \
		--login-options AUTH=${how% *} -u $user --mail-from ${user%:*}@test.example \
		--mail-rcpt al@test.example smtp://127.0.0.1:$login/c"
done
for how in 'plain bo secret' 'login bo secret' 'scram-sha-256 bo secret' 'scram-sha-256 carla geheim'; do
	# shellcheck disable=SC2086 # the words
	set -- $how
	client "AUTH $1 $2: msmtp" msmtp sh -c "{ $with_headers; } | msmtp --host=127.0.0.1 --port=$login --auth=$1 --tls=off \
		--user=$2 --passwordeval='echo $3' --from=$2@test.example al@test.example"
done
cat >"$T/login.py" <<'END'
import smtplib, sys
c = smtplib.SMTP("127.0.0.1", int(sys.argv[1]))
c.login("carla", "geheim")
text = (b"Content-Type: text/plain; charset=utf-8\n\n" + sys.stdin.buffer.read()).replace(b"\n", b"\r\n")
c.sendmail("carla@test.example", ["al@test.example"], text, ["BODY=8BITMIME"])
c.quit()
END
client 'AUTH: python' python3 python3 "$T/login.py" "$login"

cat >"$T/send.py" <<'END'
import smtplib, sys
from email.message import EmailMessage

m = EmailMessage()
m["From"], m["To"], m["Subject"] = "sender@test.example", "al@test.example", "test"
m["Date"], m["Message-ID"] = "Sat, 22 Nov 2025 03:30:00 +0000", "<1@test.example>"
m.set_content(sys.stdin.read())
with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as s:
    refused = s.send_message(m, to_addrs=["al@test.example", "nobody-of-this-name@test.example"])
    assert list(refused) == ["nobody-of-this-name@test.example"] and refused.popitem()[1][0] == 550
    # A transaction that failed leaves the session as it was.
    try:
        s.sendmail("sender@test.example", ["nobody-of-this-name@test.example"], "x")
        sys.exit("accepted for nobody")
    except smtplib.SMTPRecipientsRefused:
        pass
    assert s.noop()[0] == 250 and s.verify("al")[0] in (250, 252)
END
client "Python's smtplib: SMTP" python3 python3 "$T/send.py" "$port"
cat >"$T/utf8.py" <<'END'
import smtplib, sys
from email.message import EmailMessage
from email.policy import SMTPUTF8

m = EmailMessage(policy=SMTPUTF8)
m["From"], m["To"], m["Subject"] = "andr\u00e9@test.example", "al@test.example", "na\u00efvet\u00e9"
m["Date"], m["Message-ID"] = "Sat, 22 Nov 2025 03:30:00 +0000", "<1@test.example>"
m.set_content(sys.stdin.read(), cte="8bit")
with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as s:
    assert not s.send_message(m)
END
client "Python's smtplib: SMTPUTF8" python3 python3 "$T/utf8.py" "$port"
client 'curl: SMTP' curl sh -c '{ '"$with_headers"'; } | sed "s/\$/\r/" | curl -sS --url smtp://127.0.0.1:'"$port"' \
	--mail-from sender@test.example --mail-rcpt al@test.example --upload-file -'
client 'msmtp: SMTP' msmtp sh -c '{ '"$with_headers"'; } | msmtp --host=127.0.0.1 --port='"$port"' \
	--from=sender@test.example al@test.example'

client 'mutt: sendmail' mutt mutt -n -F /dev/null -e "set sendmail='$sendmail -oem -oi' from=me@test.example copy=no" \
	-s test al@test.example
client 'mutt: SMTP' mutt mutt -n -F /dev/null -e "set smtp_url=smtp://127.0.0.1:$port from=me@test.example copy=no" \
	-e 'set ssl_starttls=no ssl_force_tls=no' -s test al@test.example
client 'neomutt: sendmail' neomutt neomutt -n -F /dev/null -e "set sendmail='$sendmail -oem -oi'" \
	-e 'set from=me@test.example copy=no' -s test al@test.example
client 's-nail: sendmail' s-nail s-nail -n -S "mta=$sendmail" -S from=me@test.example -s test al@test.example
client 's-nail: SMTP' s-nail s-nail -n -S v15-compat -S "mta=smtp://127.0.0.1:$port" -S smtp-auth=none \
	-S from=me@test.example -s test al@test.example
client 'mailutils: sendmail' mail.mailutils mail.mailutils -E "set sendmail=sendmail:$sendmail" \
	-s test al@test.example
client 'mailutils: SMTP' mail.mailutils mail.mailutils -E "set sendmail=smtp://127.0.0.1:$port" \
	-s test al@test.example

cat >"$T/patch.sh" <<'END'
{
	echo 'From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001'
	echo 'From: Author <author@test.example>'
	echo 'Date: Sat, 22 Nov 2025 03:30:00 +0000'
	echo 'Subject: [PATCH] test'
	echo 'Content-Type: text/plain; charset=UTF-8'
	echo 'Content-Transfer-Encoding: 8bit'
	echo
	cat
} >"$T/0001.patch"
GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
GIT_COMMITTER_NAME=Committer GIT_COMMITTER_EMAIL=committer@test.example
GIT_AUTHOR_NAME=$GIT_COMMITTER_NAME GIT_AUTHOR_EMAIL=$GIT_COMMITTER_EMAIL
export GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL
cd "$T" && git send-email --quiet --confirm=never --suppress-cc=all --from=author@test.example --to=al@test.example \
	"$@" "$T/0001.patch"
END
git_send_email=$(git --exec-path 2>/dev/null)/git-send-email
client 'git send-email: sendmail' "$git_send_email" sh "$T/patch.sh" --smtp-server="$sendmail"
client 'git send-email: SMTP' "$git_send_email" sh "$T/patch.sh" --smtp-server=127.0.0.1 --smtp-server-port="$port"

cat >"$T/mail.php" <<'END'
<?php
$body = stream_get_contents(STDIN);
exit(mail("al@test.example", "test", $body, "From: web@test.example", "-fweb@test.example") ? 0 : 1);
END
client 'PHP: mail()' php php -d "sendmail_path=$sendmail -t -i" "$T/mail.php"

# Alpine speaks SMTP with sendmail -bs. It is never without a terminal, and the keys that send have to be typed.
if [ -n "${INTEROP_PRIVATE:-}" ]; then
	mkdir "$T/pine"
	: >"$T/inbox"
	cat >"$T/pinerc" <<-END
		personal-name=Me
		user-domain=test.example
		inbox-path=$T/inbox
		last-version-used=9.99
		mail-directory=$T/pine
		default-fcc=""
		feature-list=quit-without-confirm,send-without-confirm,no-enable-background-sending
	END
	cat >"$T/alpine.sh" <<-'END'
		cat >"$T/text"
		{
			sleep 2
			printf '\030'
			sleep 1
			printf 'y'
			sleep 2
			printf 'qy'
			sleep 1
		} | TERM=vt100 script -qec "stty cols 80 rows 24; alpine -p $T/pinerc al@test.example <$T/text" /dev/null
	END
	client 'sendmail -bs: alpine' alpine sh "$T/alpine.sh"
else
	t_skip 'alpine: sendmail -bs: only where /usr/sbin/sendmail may be replaced'
fi

# A real cron, with a crontab that has something to say when it starts.
if [ -n "${INTEROP_PRIVATE:-}" ] && command -v cron >/dev/null; then
	body cron >"$T/body"
	printf 'MAILTO=al\n@reboot cat %s\n' "$T/body" >/var/spool/cron/crontabs/root
	chown root:crontab /var/spool/cron/crontabs/root
	chmod 600 /var/spool/cron/crontabs/root
	rm -f /var/run/crond.reboot /run/crond.pid
	before=$(t_mail_count al)
	# Nothing in its environment: as from init.
	t_start cron env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin cron -f
	# shellcheck disable=SC2317 # called by t_wait
	arrived()
	{
		[ "$(t_mail_count al)" -gt "$before" ]
	}
	if t_wait 30 arrived && received 'cron: job' 2>"$T/why" && grep -q '^Subject: Cron <root@' "$T/newest"; then
		t_ok 'cron: the output of a job'
	else
		t_fail 'cron: the output of a job'
		cat "$T/why" "$T/cron.log" | t_note
	fi
else
	t_skip 'cron: only where /usr/sbin/sendmail may be replaced'
fi
t_done
