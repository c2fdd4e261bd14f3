#!/bin/sh
# SPDX-License-Identifier: ISC
#
# letterbox doctor: each step of the way, which of them fails, and what scripts see of that.
# shellcheck disable=SC2154 # t_pid is set there
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/names.sh"
t_init
fake=${LETTERBOX%/*}/tests/fakesmtp
t_start far "$fake" --log "$T/far.said" 'RCPT/2=550 5.1.1 Who is that?'
t_port far || t_done
port=$PORT
t_start busy "$fake" CONNECT='!421 4.3.2 Too busy'
t_port busy || t_done
busy=$PORT
names_start --mx-host=far.example,first.far.example,5 --mx-host=far.example,second.far.example,10 \
	--host-record=first.far.example,127.0.0.2 --host-record=second.far.example,127.0.0.1 \
	--mx-host=gone.example,nowhere.gone.example,5 --mx-host=gone.example,nowhere2.gone.example,6 \
	--dns-rr=null.example,15,000000 --host-record=implicit.example,127.0.0.1
t_conf "dns_servers=$NAMES" "smtp_tcp_port=$port"

# steps: what was printed, without what a server says of itself.
steps()
{
	sed "s/$port/PORT/; s/<$(id -un)@/<me@/; s/: 220 .*/: 220/; s/\(ehlo .*:\) .*/\1 .../; s/: 2[0-9][0-9] .*/: 250/" "$T/out"
}

t_run letterbox doctor al@far.example
t_is "$STATUS" 0 'an address that is taken'
t_is "$(steps)" 'ok      route     al@far.example... deliverable: mailer esmtp, host far.example, user al@far.example
ok      mx        far.example: 5 first.far.example, 10 second.far.example
ok      address   first.far.example: 127.0.0.2
FAILED  connect   connect to first.far.example[127.0.0.2]:PORT: Connection refused
ok      address   second.far.example: 127.0.0.1
ok      connect   second.far.example[127.0.0.1]:PORT
ok      greeting  second.far.example: 220
ok      ehlo      second.far.example: ...
ok      starttls  second.far.example: not offered: mail passes in clear
ok      mail      second.far.example: MAIL FROM:<me@test.example>: 250
ok      rcpt      second.far.example: RCPT TO:<al@far.example>: 250
ok      result    mail for al@far.example would be taken' 'every step, though one host is down'
t_is "$(sed 's/^[0-9]* //' "$T/far.said" | cut -d ' ' -f 1 | tr '\n' ' ')" 'EHLO MAIL RCPT RSET QUIT ' \
	'the server gets no message'

t_run letterbox doctor nobody@far.example
t_is "$STATUS $(tail -n 1 "$T/out")" '67 FAILED  result    rcpt: Who is that?' 'an address that is refused'

t_run letterbox doctor implicit.example
t_is "$STATUS $(tail -n 1 "$T/out")" '0 ok      result    mail for implicit.example finds its way' 'a domain'
t_like "$(cat "$T/out")" '^ok      mx        implicit\.example: none, so the domain itself is the host$' 'without MX'
t_unlike "$(cat "$T/out")" '^ok      (mail|rcpt)' 'needs no recipient'

t_run letterbox doctor null.example
t_is "$STATUS $(tail -n 1 "$T/out")" '68 FAILED  result    mx: domain null.example accepts no mail (null MX)' 'null MX'
t_run letterbox doctor a@gone.example
t_is "$(sort "$T/out" | uniq -d; cut -c 18- "$T/out" | sort | uniq -d)" '' 'hosts that are not there: nothing is said twice'
t_is "$(grep -c '^FAILED  address' "$T/out")" 2 'and each is named'
echo 'far.example nonsense' >"$T/policy"
t_run letterbox doctor -o "smtp_tls_policy_maps=$T/policy" a@far.example
t_is "$(cut -c 18- "$T/out" | sort | uniq -d)" '' 'a policy that is none: neither'
t_run letterbox doctor a@none.example
t_is "$STATUS $(tail -n 1 "$T/out")" '68 FAILED  result    mx: domain none.example does not exist' 'no such domain'
t_run letterbox doctor a@elsewhere.test
t_like "$STATUS $(tail -n 1 "$T/out")" '^75 FAILED  result    mx: looking up MX for elsewhere.test: the name servers fail' \
	'no answer'
t_run letterbox doctor -o "smtp_tcp_port=$busy" implicit.example
t_is "$STATUS $(tail -n 1 "$T/out")" '75 FAILED  result    greeting: Too busy' 'a server that is too busy'
t_run letterbox doctor -o "relayhost=[127.0.0.1]:$port" a@none.example
t_is "$STATUS $(grep -c '^ok      \(mx\|address\)' "$T/out")" '0 0' 'relayhost in brackets needs no DNS'

# Here, and not at all.
t_run letterbox doctor al@test.example
t_is "$STATUS $(cat "$T/out")" '0 ok      route     al@test.example... deliverable: mailer local, user al
ok      result    mail for al@test.example would be taken' 'a mailbox here'
t_run letterbox doctor nobody@test.example
t_is "$STATUS" 67 'no such mailbox'
echo 'both: a@far.example, b@far.example, c@null.example' >"$T/aliases"
t_run letterbox doctor both@test.example
t_is "$STATUS $(grep -c '^ok      greeting' "$T/out")" '68 1' 'an alias: each next hop once'

# For scripts.
t_run letterbox doctor --json a@null.example
t_is "$STATUS $(sed -n 2p "$T/out")" \
	'68 {"step":"mx","ok":true,"host":null,"text":"null.example: 0 ."}' '--json: a step'
t_is "$(tail -n 1 "$T/out")" \
	'{"step":"result","ok":false,"host":null,"temporary":false,"reply":556,"dsn":"5.1.10","text":"mx: domain null.example accepts no mail (null MX)"}' \
	'--json: the result'
t_run letterbox doctor --json al@far.example
t_is "$(sed -n 's/.*"step":"connect","ok":\([a-z]*\),"host":"\([a-z.]*\)".*/\1 \2/p' "$T/out" | tr '\n' ,)" \
	'false first.far.example,true second.far.example,' '--json: of which host it is'

t_expect_exit 64 letterbox doctor
t_expect_exit 64 letterbox doctor a b
t_expect_exit 64 letterbox doctor 'two words'
t_expect_exit 78 letterbox doctor '-o' 'x=y' far.example
t_expect_exit 0 letterbox --help doctor
t_like "$(cat "$T/out")" '^usage: letterbox doctor ' 'its own help'
t_expect_exit 0 letterbox --help config
t_like "$(cat "$T/out")" '^usage: letterbox config ' 'and that of config'
t_done
