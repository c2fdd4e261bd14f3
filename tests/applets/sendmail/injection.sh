#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What a web page may have put into the command line, the environment or the message.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf delivery_mode=queue
nl='
'
cr=$(printf '\r')
esc=$(printf '\033')
printf 'Subject: x\n\nhello\n' >"$T/message"

for bad in "a@x.example>${nl}RCPT TO:<evil@x.example" "a@x.example${cr}" "${nl}" "a${esc}[2Jb@x.example"; do
	t_expect_exit 65 sendmail -f "$bad" al <"$T/message"
	t_expect_exit 65 sendmail -r "$bad" al <"$T/message"
	t_expect_exit 65 sendmail -F "$bad" al <"$T/message"
	t_expect_exit 65 sendmail -V "$bad" al <"$T/message"
	t_expect_exit 65 sendmail "$bad" <"$T/message"
	t_expect_exit 65 sendmail al "bo,$bad" <"$T/message"
done
t_is "$(tr -d '\n' <"$T/err" | od -An -c | grep -c 033)" 0 'no control character gets into the error message'
for bad in 'a b@x.example' 'a@x.example b' '<a@x.example' 'a@x.example,b@x.example' 'a@x..example' '"a@x.example' 'a@'; do
	t_expect_exit 65 sendmail -f "$bad" al <"$T/message"
done
t_expect_exit 65 sendmail -F "$(printf '%01001d' 0)" al <"$T/message"
# As long as one argument can be (the kernel takes 128 KiB), and longer: then it is not even started.
t_expect_exit 65 sendmail -F "$(printf '%0131000d' 0)" al <"$T/message"
t_is "$(python3 -c 'import subprocess, sys
try:
    print(subprocess.run(["sendmail", "-F", "x" * (1 << 20), "al"]).returncode)
except OSError as e:
    print(e.errno)')" 7 'a name of 1 MiB is too long for the kernel'
t_is "$(t_mail_count al) $(t_mail_count bo) $(t_queue_count)" '0 0 0' 'nothing of all that was sent'

# CVE-2016-10033, -10045: the sender as PHPMailer passed it.
t_expect_exit 64 sendmail -t -i -f'"attacker\" -oQ/tmp/ -X/var/www/x.php  "@x.example' -oQ/tmp/ "-X$T/x.php" al <"$T/message"
t_expect_exit 65 sendmail -i -f '"attacker\" -oQ/tmp/ -X/var/www/x.php  "@x.example some' al <"$T/message"
t_is "$(ls "$T/x.php" 2>/dev/null)" '' 'no file was written'

# Commands in addresses are text.
for address in '`id`' '$(id)' '${run{id}}@localhost' ';id;' '() { :;}; id@localhost' '%s%n%x@localhost' '../../tmp/x' \
	'al/../../tmp/x@test.example' '-oQ/tmp@localhost' '--help@localhost'; do
	t_run sendmail -i -- "$address" <"$T/message"
	case $STATUS in
	65 | 67) t_ok "refused: $address" ;;
	*) t_fail "refused ($STATUS): $address" ;;
	esac
done
t_is "$(find "$T" -name 'x' -o -name '*passwd*')" '' 'and nothing is made of them'

# The environment and the password file are made harmless.
NAME="Al${nl}Bcc: evil@x.example" t_run sendmail al <"$T/message"
t_is "$STATUS" 0 'a line end in $NAME is no fault'
t_is "$(t_newest al | grep -c '^Bcc')" 0 'but makes no field'
t_like "$(t_newest al)" '^From: .*Al Bcc: evil@x\.example' 'it is a blank'
NAME=$(printf '%05000d' 0) t_run sendmail al <"$T/message"
t_is "$STATUS" 0 'nor is a very long name'

# The message: header injection by a second header, or by what the header does not end with.
printf 'Subject: x\nno colon here\nBcc: bo\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail -t al <"$T/in"
t_is "$(t_mail_count bo)" 0 'a field behind a line that is none is body'
t_is "$(t_newest al | sed '1,/^$/d' | sed -n 2p)" 'Bcc: bo' 'and is delivered as such'
printf ': x\nFrom :al\n\tfolded at the start\nSubject: y\n\nhello\n' >"$T/in"
t_expect_exit 0 sendmail al <"$T/in"
t_is "$(t_newest al | sed '1,/^$/d' | sed -n 1p)" ': x' 'no field can be without a name'

# The full name of an account, from the system to the header: anybody may have set it with chfn(1).
if [ "$(id -u)" -eq 0 ] && unshare --mount true 2>/dev/null; then
	rm -rf "$SPOOL" "${T:?}/home"
	name='Mallory <x@evil.example>, root (&) "\\" ${run{id}} `id` =?utf-8?q?=0ABcc:?= caf\303\251'
	printf "root:x:0:0:$name,,,:/root:/bin/sh\n" >"$T/passwd"
	grep -v '^root:' /etc/passwd >>"$T/passwd"
	printf 'To: al@test.example\n\nbody\n' >"$T/nameless"
	t_expect_exit 0 unshare --mount sh -c "mount --bind '$T/passwd' /etc/passwd && exec sendmail -t -i <'$T/nameless'"
	cat "$SPOOL"/new/* "$T"/home/al/Maildir/new/* 2>/dev/null >"$T/got"
	t_is "$(sed -n '/^From: /p' "$T/got" | wc -l)" 1 'a hostile full name: there is one From'
	t_is "$(python3 - "$T/got" <<'END'
import email, email.policy, email.utils, re, sys
text = open(sys.argv[1], "rb").read()
text = text[text.index(b"Received:"):]
m = email.message_from_bytes(text)
addresses = email.utils.getaddresses(m.get_all("From"))
print(len(addresses), re.sub("@.*", "", addresses[0][1]), len(m.get_all("Bcc", [])))
END
)" '1 root 0' 'with one address, the account'"'"'s'
else
	t_skip 'a hostile full name: only root can give one'
fi
t_done
