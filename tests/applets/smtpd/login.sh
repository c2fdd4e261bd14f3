#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Logging in, around the dialogue: rights, limits over processes, time, what is in the log and what is not.
. "${0%/*}/../../support/lib.sh"
t_init
python3 -c 'import smtplib' 2>/dev/null || t_skip_all 'there is no Python'

# attempt USER PASSWORD [ADDRESS]: the code of the answer to AUTH PLAIN from there. How long it took is in $T/took.
attempt()
{
	python3 - "$@" <<'END'
import base64, os, smtplib, sys, time
source = sys.argv[3] if len(sys.argv) > 3 else "127.0.0.1"
server = "127.0.0.1" if source.startswith("127.") else source
c = smtplib.SMTP(server, int(os.environ["SMTP_PORT"]), timeout=30, source_address=(source, 0))
c.ehlo("client")
start = time.monotonic()
code = "not offered"
if c.has_extn("auth"):
    words = "\0%s\0%s" % (sys.argv[1], sys.argv[2])
    code = c.docmd("AUTH", "PLAIN " + base64.b64encode(words.encode()).decode())[0]
print(code)
print(time.monotonic() - start, file=open(os.environ["T"] + "/took", "w"))
END
}

start_smtpd()
{
	rm -f "$T/smtpd.log"
	t_start_smtpd "$@" || t_done
}

# As root the server gives up its rights, and reads no file that is root's; the users file is.
t_conf "mail_owner=$([ "$(id -u)" -ne 0 ] && id -un || echo nobody)" smtpd_sasl_auth_enable=yes auth_failure_delay=0
t_user dora "$(echo ganz-geheim | letterbox passwd)::::$T/home/dora::"
t_user emil "{PLAIN}ganz-geheim::::$T/home/emil::nologin"
t_user fay "{PLAIN}ganz-geheim::::$T/home/fay::allow_nets=192.0.2.0/24"
t_user gus "{ROT13}tnam-truvz::::$T/home/gus::"
chmod 600 "$T/users"
start_smtpd -o mynetworks=127.0.0.2
t_is "$(attempt dora ganz-geheim)" 235 'a user logs in'
t_is "$(attempt DORA ganz-geheim)" 235 'names are the same in lower case'
t_is "$(attempt dora falsch-geraten)" 535 'not with another password'
t_is "$(attempt nobody-here ganz-geheim)" 535 'nor under a name that nobody has'
t_is "$(attempt emil ganz-geheim)" 535 'nologin forbids it'
t_is "$(attempt fay ganz-geheim)" 535 'allow_nets forbids it'
t_is "$(attempt gus ganz-geheim)" 454 'a scheme that is not known is our problem'
log=$(cat "$T/smtpd.log")
t_like "$log" 'warning: 127\.0\.0\.1: SASL PLAIN authentication failed: nologin, sasl_username=emil' 'the log says why'
t_like "$log" 'the client is not in allow_nets, sasl_username=fay' 'and why'
t_like "$log" 'the secret of gus has a scheme that is not known here' 'and where something is broken'
t_unlike "$log" 'geheim|falsch|tnam|\{PLAIN\}|\$y\$|nobody-here' 'but no password, hash, or name that nobody has'
if [ "$(id -u)" -eq 0 ]; then
	pids=$(pgrep -P "$SMTPD_PID")
	readers=0 others=0
	for pid in $pids; do
		# The right to read files, and no other; the rest are the mail system's.
		case $(sed -n 's/^CapEff:[[:blank:]]*//p' "/proc/$pid/status") in
		0000000000000004) readers=$((readers + 1)) reader=$pid;;
		0000000000000000) others=$((others + 1));;
		esac
	done
	t_is "$readers" 1 'one process may read files'
	t_is "$((others > 0))" 1 'the others may do nothing'
	t_like "$(cat "/proc/$reader/status")" '^Uid:	65534	65534	65534	65534$' 'it is nobody'
	kill -9 "$reader"
	t_wait 10 grep -q 'another was started' "$T/smtpd.log"
	t_is "$(attempt dora ganz-geheim)" 235 'another takes the place of one that was killed'
	kill -HUP "$SMTPD_PID"
	t_wait 10 grep -q 'configuration read again' "$T/smtpd.log"
	t_is "$(attempt dora ganz-geheim)" 235 'and of one whose configuration is old'
else
	t_skip 'only root has rights to give up'
fi
keepers=$(pgrep -P "$SMTPD_PID" | tr '\n' ' ')
t_stop "$SMTPD_PID"
# shellcheck disable=SC2317 # called by t_wait
all_ended()
{
	for pid in $keepers; do
		[ ! -e "/proc/$pid" ] || grep -q '^State:	Z' "/proc/$pid/status" || return 1
	done
}
# Who keeps the passwords is told by the kernel, when the server has ended.
t_wait 10 all_ended
t_is "$?" 0 'all processes end with the server'

# A password that is changed counts at once.
start_smtpd
echo ganz-neu | letterbox passwd dora
t_is "$(attempt dora ganz-neu)" 235 'a new password counts'
t_is "$(attempt dora ganz-geheim)" 535 'the old one does not'
t_stop "$SMTPD_PID"

# Failures are counted for an address, in all processes and after a restart, and somebody else is not concerned.
rm -f "$SPOOL/login-failures"
start_smtpd -o mynetworks=127.0.0.2 -o auth_failure_limit=3
for guess in eins zwei zwei zwei drei; do
	attempt dora "$guess" >"$T/code"
done
t_is "$(cat "$T/code")" 535 'three failures are answered as such, and the same password again is none'
# One in 256 others is taken for the last guess, too.
is_locked() { [ "$(attempt dora "$(date +%N)")" = 454 ]; }
if t_wait 5 is_locked; then t_ok 'a fourth finds the door locked'; else t_fail 'a fourth finds the door locked'; fi
t_is "$(attempt dora ganz-neu)" 454 'then nobody is let in'
t_stop "$SMTPD_PID"
start_smtpd -o mynetworks=127.0.0.2 -o auth_failure_limit=3
t_is "$(attempt dora ganz-neu)" 454 'after a restart neither'
t_is "$(attempt dora ganz-neu 127.0.0.3)" 235 'from another address it is possible'
for guess in eins zwei drei vier; do
	attempt dora "$guess" 127.0.0.2 >/dev/null
done
t_is "$(attempt dora ganz-neu 127.0.0.2)" 235 'and from mynetworks after any number of failures'
t_like "$(cat "$T/smtpd.log")" 'authentication is not possible: Too many failed logins' 'the log says so'
t_stop "$SMTPD_PID"
t_like "$(ls -l "$SPOOL/login-failures")" '^-rw-------' 'the table is private'

# A failure is answered late, and who has left is not waited for.
rm -f "$SPOOL/login-failures"
start_smtpd -o auth_failure_delay=1s
t_is "$(attempt dora falsch)" 535 'a failure'
t_is "$(python3 -c 'import sys; print(float(open(sys.argv[1]).read()) >= 1)' "$T/took")" True 'it took its time'
t_stop "$SMTPD_PID"

# Over the network nobody may say a password in clear; a check that needs an address that is not loopback's.
start_smtpd --listen 0.0.0.0:0
address=$(ip -4 -o addr show scope global 2>/dev/null | sed -n '1s/.* inet \([0-9.]*\).*/\1/p')
if [ -n "$address" ]; then
	export SMTP_PORT
	SMTP_PORT=$(sed -n 's/.*listening on 0\.0\.0\.0:\([0-9]*\)/\1/p' "$T/smtpd.log")
	t_is "$(attempt dora ganz-neu "$address")" 'not offered' 'over the network AUTH waits for TLS'
	t_stop "$SMTPD_PID"
	start_smtpd --listen 0.0.0.0:0 -o disable_plaintext_auth=no
	export SMTP_PORT
	SMTP_PORT=$(sed -n 's/.*listening on 0\.0\.0\.0:\([0-9]*\)/\1/p' "$T/smtpd.log")
	t_is "$(attempt dora ganz-neu "$address")" 235 'unless disable_plaintext_auth is no'
else
	t_skip 'there is no network'
fi
t_stop "$SMTPD_PID"

# Who may send as whom, by a table.
cat >"$T/senders" <<'END'
# address         users
sales@test.example   dora, al
@other.example       dora
al@test.example      al
END
start_smtpd -o "smtpd_sender_login_maps=hash:$T/senders" --submission
t_is "$(python3 - <<'END'
import os, smtplib
c = smtplib.SMTP("127.0.0.1", int(os.environ["SMTP_PORT"]), timeout=30)
c.login("dora", "ganz-neu")
codes = []
for sender in "sales@test.example", "any@other.example", "al@test.example", "dora@test.example", "":
    codes.append(c.mail(sender)[0])
    c.rset()
print(*codes)
END
)" '250 250 553 553 250' 'smtpd_sender_login_maps'
t_stop "$SMTPD_PID"

# In the header, too.
start_smtpd -o "smtpd_sender_login_maps=hash:$T/senders" -o smtpd_reject_header_login_mismatch=yes \
	-o smtpd_sasl_auth_enable=yes -o local_header_rewrite_clients=
cat >"$T/headers.py" <<'END'
import os, smtplib
c = smtplib.SMTP("127.0.0.1", int(os.environ["SMTP_PORT"]), timeout=30)
c.login("dora", "ganz-neu")
for header in (
    "From: Sales <sales@test.example>",
    "From: any@other.example\r\nReply-To: al@test.example",
    "From: al@test.example",
    "From: sales@test.example, al@test.example",
    "From: sales@test.example\r\nSender: al@test.example",
    "From : al@test.example",
    "Subject: x\r\nfrom: (sales@test.example)\r\n al@test.example",
    "From: sales@test.example\r\nResent-From: al@test.example",
    "From: sales@test.example\r\nFrom: al@test.example",
    "From: a@b@c <<sales@test.example>",
    # This is a text without a header, which gets one.
    "From x\r\nFrom: al@test.example",
    "Subject: no From",
):
    c.mail("sales@test.example")
    c.rcpt("al@test.example")
    print(c.data(header + "\r\n\r\nFrom: al@test.example\r\n")[0], end=" ")
print(c.noop()[0])
END
t_is "$(python3 "$T/headers.py")" '250 250 553 553 553 553 553 553 553 550 250 250 250' \
	'smtpd_reject_header_login_mismatch'
t_stop "$SMTPD_PID"
start_smtpd -o "smtpd_sender_login_maps=hash:$T/senders" -o smtpd_sasl_auth_enable=yes
t_is "$(python3 "$T/headers.py" | tr ' ' '\n' | sort -u | tr '\n' ' ')" '250 ' 'without it anything goes'
t_stop "$SMTPD_PID"

# What is wrong with the configuration is said at the start.
t_expect_exit 78 smtpd --submission -o auth_mechanisms='plain cram-md5' --listen 127.0.0.1:0
t_like "$(cat "$T/err")" 'no mechanism "cram-md5"' 'a mechanism that is none'
t_expect_exit 64 smtpd --submission --lmtp --listen 127.0.0.1:0
t_done
