#!/bin/sh
# SPDX-License-Identifier: ISC
#
# rewriting.sh - whose addresses smtpd rewrites, and whose domains it takes mail for.
. "${0%/*}/../../support/lib.sh"
t_init
printf 'al  Al.Dente\n@old.example  @test.example\n' >"$T/canonical"
printf 'v.example  -\ninfo@v.example  al, bo\ncmd@v.example  |touch %s\n' "$T/touched" >"$T/virtual"
printf 'emma@relay.example  x\n' >"$T/recipients"
printf 'al.dente: al\n' >"$T/aliases"
t_conf "canonical_maps=hash:$T/canonical" masquerade_domains=host.example masquerade_exceptions=root \
	"virtual_alias_maps=hash:$T/virtual" relay_domains=relay.example "relay_recipient_maps=hash:$T/recipients" \
	mynetworks=192.0.2.0/24

message='From: al (Al), "al" <al@a.host.example>
To: al@old.example,
	bo@far.example (al@old.example), root@a.host.example
Subject: al@a.host.example
X-To: al
 '

# say RCPT...: one message by SMTP on standard input; what became of it is in $T/dialogue.
say()
{
	{
		printf 'EHLO client\r\nMAIL FROM:<al@a.host.example>\r\n'
		for to in "$@"; do printf 'RCPT TO:<%s>\r\n' "$to"; done
		printf 'DATA\r\n%s\r\n\r\nFrom: al\r\n.\r\nQUIT\r\n' "$message" | sed 's/\r*$/\r/'
	} >"$T/in"
}

# Programs of this machine.
say al
sendmail -bs <"$T/in" >"$T/dialogue" 2>&1
t_newest al >"$T/got"
t_like "$(cat "$T/got")" '^Return-Path: <al@host.example>$' 'the envelope sender is hidden'
t_like "$(cat "$T/got")" '^From: Al.Dente@test.example \(Al\), "al" <al@host.example>$' 'From: names, comments and quotes stay'
t_like "$(cat "$T/got")" '^To: Al.Dente@test.example,$' 'To: the domain is another'
t_like "$(cat "$T/got")" '^	bo@far.example \(al@old.example\), root@a.host.example$' 'and the comment and the exception are not'
t_like "$(cat "$T/got")" '^Subject: al@a.host.example$' 'no other field is touched'
t_is "$(tail -n 1 "$T/got")" 'From: al' 'nor is the body'

# A host that is not ours: the envelope alone.
rm -rf "$T/home/al/Maildir"
t_start_smtpd --foreground
cat >"$T/client" <<'END'
import smtplib, sys
s = smtplib.SMTP("127.0.0.1", int(sys.argv[1]), local_hostname="c")
for to in sys.argv[3:]:
    s.ehlo()
    code, text = s.docmd("MAIL FROM:<al@a.host.example>")
    if code == 250:
        code, text = s.docmd("RCPT TO:<" + to + ">")
    print(to, code, text.decode().split("\n")[0])
    if code == 250 and sys.argv[2] == "send":
        s.docmd("DATA")
        s.send(open("message", "rb").read() + b".\r\n")
        print(s.getreply()[0])
    s.docmd("RSET")
s.quit()
END
printf '%s\n\nbody\n' "$message" | sed 's/$/\r/' >"$T/message"
ask()
{
	(cd "$T" && python3 client "$SMTP_PORT" "$@") 2>&1
}
t_is "$(ask send al@test.example)" 'al@test.example 250 2.1.5 Ok
250' 'mail from our own address by the network'
t_like "$(t_newest al)" '^From: Al.Dente@test.example \(Al\)' 'is as that of a program'
t_stop "$SMTPD_PID"
rm -rf "$T/home/al/Maildir"
printf 'local_header_rewrite_clients = permit_mynetworks\n' >>"$LETTERBOX_CONF"
t_start_smtpd --foreground
ask send al@test.example >"$T/out"
t_newest al >"$T/got"
t_like "$(cat "$T/got")" '^Return-Path: <al@host.example>$' 'from a stranger: the envelope is rewritten'
sed -n '/^From:/,$p' "$T/got" >"$T/got.header"
tr -d '\r' <"$T/message" >"$T/want.header"
t_same "$T/got.header" "$T/want.header" 'and the header is what it was, byte for byte'

# Who may send where.
t_is "$(ask ask emma@relay.example)" 'emma@relay.example 250 2.1.5 Ok' 'relay_domains: an address that is known'
t_like "$(ask ask x@relay.example)" '^x@relay.example 550 5.1.1' 'and one that is not'
t_like "$(ask ask x%far.example@relay.example)" ' 554 5.7.1 .*Relay access denied' 'no percent hack through it'
t_like "$(ask ask 'far.example!x@relay.example')" ' 554 5.7.1 .*Relay access denied' 'no bang path'
t_like "$(ask ask '"x@far.example"@relay.example')" ' 554 5.7.1 .*Relay access denied' 'no second @'
t_like "$(ask ask x@far.example)" ' 554 5.7.1 .*Relay access denied' 'and no other domain'
t_like "$(ask ask who@old.example)" ' 554 5.7.1 .*Relay access denied' 'what a table would make of an address is no right'
t_is "$(ask send info@v.example | tr '\n' ' ')" 'info@v.example 250 2.1.5 Ok 250 ' 'a virtual alias'
t_relay --all
t_is "$(t_mail_count al) $(t_mail_count bo)" '2 1' 'gets to all whom it names'
t_like "$(ask ask nobody@v.example)" ' 550 5.1.1 ' 'nobody in a virtual domain'
t_like "$(ask ask cmd@v.example)" ' 451 4.3.0 Local problem' 'a command in a virtual alias'
t_is "$(ls "$T/touched" 2>/dev/null)" '' 'is not run'
for address in '-oQ/tmp@v.example' '$(id)@v.example' '../../x@v.example' '|id@v.example' '"a b"@v.example' \
	"$(printf '%0990d' 0)@v.example"; do
	t_unlike "$(ask ask "$address")" ' 250 ' "refused: $(printf '%.40s' "$address")"
done

# A table that cannot be used makes mail wait, and works when it is mended.
rm "$T/virtual"
t_like "$(ask ask al@test.example)" ' 451 4.3.0 Local problem' 'a table that is gone: mail waits'
t_like "$(cat "$T/smtpd.log")" ' 451 4\.3\.5 .*virtual_alias_maps: there is no' 'and the log says why'
t_is "$(t_mail_count al)" 2 'and nothing is delivered past it'
echo 'info@v.example bo' >"$T/virtual"
t_like "$(ask ask info@test.example)" ' 550 5.1.1 ' 'it is back, and read again'
t_stop "$SMTPD_PID"
t_done
