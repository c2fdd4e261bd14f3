#!/bin/bash
# SPDX-License-Identifier: ISC
#
# story.sh - what happens to mail on a small Internet, told step by step. Started by `run`, in namespaces of its own.
#
#	machine.truc.net       Dupont's computer; gives everything to
#	mail.truc.net          the mail server of his company, which gives what is for others to
#	relay.eunet.be         his provider, which looks for the MX
#	mail.belgiannews.com   a newspaper: MX 5 mail.belgiannews.com, MX 10 relay.eunet.be
#	cui.unige.ch           a university, which sends to every MX itself
#	alger.refer.org        has no line of its own: relay.eunet.be keeps its mail until it calls (UUCP)
#	ns.refer.org           DNS, with signed zones
set -uo pipefail

HERE=$(cd "$(dirname "$0")" && pwd)
PATH=$B/bin:/usr/local/sbin:/usr/sbin:/sbin:$PATH
T=$(mktemp -d "${TMPDIR:-/tmp}/mini-internet.XXXXXX") || exit 1
trap 'rm -rf "$T"' EXIT
chmod 711 "$T"
umask 022
cd "$T" || exit 1
steps=0 broken=0
BIG=45000000 # octets of a message that takes a moment, even here

if [ -t 1 ]; then
	bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m')
else
	bold='' dim='' plain=''
fi

step()
{
	printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

say()
{
	printf '%s%s%s\n' "$dim" "$*" "$plain"
}

show()
{
	sed "s|$T/||g; s/^/    /"
}

# What the machine's log has got since it was last told.
declare -A told
tell()
{
	local name
	for name; do
		tail -n "+$((${told[$name]:-0} + 1))" "$T/$name/log" | grep -v 'listening on' |
			sed "s|^[a-z-]*: *||; s|$T/||g; s|^|    $name: |" | cut -c 1-220
		told[$name]=$(wc -l <"$T/$name/log")
	done
}

fail()
{
	echo "mini-internet: $*" >&2
	tail -n 20 "$T"/*/log "$T"/dns/*.log >&2
	exit 1
}

# expect TEXT COMMAND...: it must be so, or become so within a few seconds.
expect()
{
	local text=$1
	shift
	steps=$((steps + 1))
	if wait_for 25 "$@"; then
		echo "ok $steps - $text"
	else
		echo "not ok $steps - $text"
		broken=$((broken + 1))
	fi
}

# write MACHINE USER RECIPIENT SUBJECT [LINE...]: a mail, as a script or a mail program hands it over.
write()
{
	local name=$1 from=$2 to=$3 subject=$4
	shift 4
	say "\$ mail -s '$subject' $to        ($from on $name)"
	{
		printf 'From: %s\nTo: %s\nSubject: %s\n\n' "$from" "$to" "$subject"
		printf '%s\n' "${@:-Bonjour.}"
	} | on "$name" sendmail -t -oi -f "$from"
}

# read MACHINE USER TEXT: the message with that text.
read_mail()
{
	grep -l -r -e "$3" "$T/$1/mail/$2/new" | head -n 1 | xargs -r cat
}

way_of()
{
	read_mail "$@" | awk '/^[^ \t]/ { is = /^Received:/ } /^$/ { exit } is' | show
}

# shellcheck source=tests/mini-internet/machines.sh
. "$HERE/machines.sh"

# ---- the machines ----

mkdir -p "$T/dns/db" "$T/uucp/alger"
network

# A certificate of its own making: DANE says in the DNS which key is the right one.
certificate()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$1" \
		-addext "subjectAltName=DNS:$1" -keyout "$T/$1/key.pem" -out "$T/$1/cert.pem" 2>/dev/null
	cat "$T/$1/key.pem" >>"$T/$1/cert.pem"
	chmod 600 "$T/$1/key.pem" "$T/$1/cert.pem"
}

# The record that names it: 3 1 1, the SHA-256 of its public key (RFC 7671).
tlsa()
{
	openssl x509 -in "$T/$1/cert.pem" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum |
		sed "s/^\([0-9a-f]*\).*/_25._tcp.$1. TLSA 3 1 1 \1/"
}

machine ns.refer.org 10.99.0.53
machine machine.truc.net 10.99.0.10 \
	'mydomain = truc.net' 'relayhost = [mail.truc.net]' \
	"canonical_maps = $T/machine.truc.net/canonical" 'masquerade_domains = truc.net'
machine mail.truc.net 10.99.0.11 \
	'mydomain = truc.net' 'myorigin = $mydomain' 'mydestination = truc.net, mail.truc.net' 'relayhost = [relay.eunet.be]' \
	'mynetworks = 127.0.0.0/8 10.99.0.10/32' 'minimal_backoff_time = 2s' 'maximal_backoff_time = 4s'
machine relay.eunet.be 10.99.0.20 \
	'mynetworks = 127.0.0.0/8 10.99.0.11/32 10.99.0.30/32' 'relay_domains = belgiannews.com, alger.refer.org' \
	"transport_maps = $T/relay.eunet.be/transport" 'smtp_tls_security_level = dane' \
	'minimal_backoff_time = 1h' 'maximal_backoff_time = 1h' 'smtp_data_xfer_timeout = 3s' \
	'smtp_data_done_timeout = 3s'
machine mail.belgiannews.com 10.99.0.30 \
	'mydestination = belgiannews.com, mail.belgiannews.com' 'smtpd_timeout = 5s' \
	"tls_cert_file = $T/mail.belgiannews.com/cert.pem" "tls_key_file = $T/mail.belgiannews.com/key.pem"
machine cui.unige.ch 10.99.0.50 'minimal_backoff_time = 1h' 'maximal_backoff_time = 1h'
machine alger.refer.org 10.99.0.40 \
	"default_transport = pipe:$T/uucp/uux - eunet!rmail (\$\$recipient)" \
	'mydestination = alger.refer.org'

echo 'dupont Henri.Dupont@machine.truc.net' >machine.truc.net/canonical
user mail.truc.net Henri.Dupont
user mail.truc.net henri.dupont
user mail.belgiannews.com redaction
user mail.belgiannews.com tintin
user cui.unige.ch jgd
user alger.refer.org nicolas
user machine.truc.net henri.dupont
cat >mail.belgiannews.com/aliases <<END
haddock: Henri.Dupont@truc.net
journalistes: tintin, redaction, jgd@cui.unige.ch, nicolas@alger.refer.org
owner-journalistes: redaction
END
echo "alger.refer.org pipe:$T/uucp/uux - alger!rmail (\$recipient)" >relay.eunet.be/transport
certificate mail.belgiannews.com

# uux(1) as UUCP has it: put a command and its input away until the other side calls.
cat >uucp/uux <<END
#!/bin/sh
shift
host=\${1%%!*}
shift
job=\$(mktemp $T/uucp/XXXXXX)
cat >"\$job" && printf '%s\n' "\$*" >"\$job.command" && mv "\$job" "$T/uucp/\$host/\${job##*/}" &&
	mv "\$job.command" "$T/uucp/\$host/\${job##*/}.command"
END
chmod 755 uucp/uux
mkdir -p uucp/eunet
chmod 1777 uucp uucp/alger uucp/eunet
# And uucico(8): the call.
call()
{
	local command job
	for command in "$T/uucp/$2"/*.command; do
		[ -e "$command" ] || continue
		job=${command%.command}
		say "    $1 gets: rmail $(sed 's/^[^(]*//; s/[()]//g' "$command")"
		# shellcheck disable=SC2046 # the recipients
		on "$1" rmail $(sed 's/^[^(]*//; s/[()]//g' "$command") <"$job" && rm -f "$job" "$command"
	done
}

zone truc.net 'truc.net. MX 10 mail.truc.net.'
zone eunet.be
zone belgiannews.com '@ MX 5 mail.belgiannews.com.' '@ MX 10 relay.eunet.be.' "$(tlsa mail.belgiannews.com)"
zone unige.ch 'cui MX 10 cui.unige.ch.'
zone refer.org 'alger MX 10 relay.eunet.be.'

step '1. A small Internet'
names
for name in "${machines[@]}"; do
	printf '    %-22s %s\n' "$name" "${address[$name]}"
done
say '$ kdig belgiannews.com MX'
kdig_mx=$(ip netns exec cui.unige.ch kdig "@${address[ns.refer.org]}" +short belgiannews.com MX | sort -n)
printf '%s\n' "$kdig_mx" | show
expect 'belgiannews.com has two mail exchangers, 5 and 10' \
	test "$kdig_mx" = "$(printf '5 mail.belgiannews.com.\n10 relay.eunet.be.')"
for name in mail.truc.net relay.eunet.be mail.belgiannews.com cui.unige.ch; do
	serve "$name"
done
for name in machine.truc.net mail.truc.net relay.eunet.be mail.belgiannews.com cui.unige.ch alger.refer.org; do
	relay "$name"
done

step '2. From Dupont to the newspaper: four mail servers'
say 'What becomes of his address before the message leaves (sendmail -bt):'
say '$ sendmail -bt dupont'
on machine.truc.net sendmail -bt dupont 2>&1 | show
write machine.truc.net dupont redaction@belgiannews.com 'Premier message'
expect 'it is in the mailbox of redaction' has_mail mail.belgiannews.com redaction 'Premier message'
say 'The way it took, the last machine first:'
way_of mail.belgiannews.com redaction 'Premier message'
tell machine.truc.net mail.truc.net relay.eunet.be mail.belgiannews.com
expect 'three machines have handed it on, and one has delivered it' \
	test "$(read_mail mail.belgiannews.com redaction 'Premier message' | grep -c '^Received:')" -ge 4
expect 'it is from Henri.Dupont@truc.net: alias, canonical name, domain, and the host is hidden' \
	test -n "$(read_mail mail.belgiannews.com redaction 'Premier message' | grep -x 'From:.*Henri.Dupont@truc.net>*')"
expect 'and would go back there' \
	test -n "$(read_mail mail.belgiannews.com redaction 'Premier message' | grep -x 'Return-Path: <Henri.Dupont@truc.net>')"

step '3. TLS with DANE'
say 'The zone is signed and names the key of mail.belgiannews.com; relay.eunet.be has checked it:'
tlsa mail.belgiannews.com | show
expect 'the last hop was encrypted' \
	test -n "$(read_mail mail.belgiannews.com redaction 'Premier message' | grep 'by mail.belgiannews.com' -A 3 -B 3 | grep -E 'with ESMTPS|TLSv1')"
say 'Now somebody in between answers with a key of his own:'
cp mail.belgiannews.com/cert.pem right.pem
cp mail.belgiannews.com/key.pem right.key
certificate mail.belgiannews.com
reload mail.belgiannews.com
# A connection is kept for another message for five seconds.
sleep 6
write cui.unige.ch jgd redaction@belgiannews.com 'En clair'
expect 'cui.unige.ch does not look, and delivers' has_mail mail.belgiannews.com redaction 'En clair'
write mail.truc.net Henri.Dupont redaction@belgiannews.com 'Confidentiel'
expect 'relay.eunet.be does, and keeps the message' queue_says relay.eunet.be 'redaction@belgiannews.com'
sleep 1
on relay.eunet.be mailq | show
expect 'it was not delivered' test "$(mail_count mail.belgiannews.com redaction Confidentiel)" -eq 0
mv right.pem mail.belgiannews.com/cert.pem
mv right.key mail.belgiannews.com/key.pem
reload mail.belgiannews.com
on relay.eunet.be mailq --flush >/dev/null
expect 'with the right key it is' has_mail mail.belgiannews.com redaction Confidentiel
tell relay.eunet.be

step '4. The first MX is down'
stop mail.belgiannews.com smtpd
write cui.unige.ch jgd tintin@belgiannews.com 'Par le second MX'
expect 'the second one, relay.eunet.be, has taken it' queue_says relay.eunet.be tintin@belgiannews.com
tell cui.unige.ch
on relay.eunet.be mailq | show
serve mail.belgiannews.com
say 'mail.belgiannews.com is back and asks for its mail (ETRN):'
printf 'EHLO mail.belgiannews.com\r\nETRN belgiannews.com\r\nQUIT\r\n' |
	on mail.belgiannews.com timeout 10 bash -c "exec 3<>/dev/tcp/${address[relay.eunet.be]}/25; cat >&3; cat <&3" | show
expect 'and gets it' has_mail mail.belgiannews.com tintin 'Par le second MX'

step '5. The relay is down, and comes back'
stop relay.eunet.be smtpd
write machine.truc.net dupont tintin@belgiannews.com 'Patience'
expect 'mail.truc.net keeps the message' queue_says mail.truc.net tintin@belgiannews.com
tried_again()
{
	[ "$(grep -c 'deferred.*tintin@belgiannews.com\|tintin@belgiannews.com.*deferred' "$T/mail.truc.net/log")" -ge 2 ]
}
expect 'and tries again by itself, after 2 seconds here (300 if nothing is set)' tried_again
on mail.truc.net mailq | show
serve relay.eunet.be
say 'Nobody flushes the queue; the time of the next attempt comes.'
expect 'then it is delivered' has_mail mail.belgiannews.com tintin 'Patience'
tell mail.truc.net

step '6. Nobody of that name'
write machine.truc.net dupont personne@belgiannews.com 'Qui est la'
expect 'Dupont is told so' has_mail mail.truc.net Henri.Dupont 'personne@belgiannews.com'
read_mail mail.truc.net Henri.Dupont 'personne@belgiannews.com' | sed -n '/^$/,$p' | head -n 30 | show

step '7. An alias to another company'
write cui.unige.ch jgd haddock@belgiannews.com 'Mille sabords'
expect 'haddock@belgiannews.com reads his mail at truc.net' has_mail mail.truc.net Henri.Dupont 'Mille sabords'

step '8. A list'
say 'journalistes: tintin, redaction, jgd@cui.unige.ch, nicolas@alger.refer.org'
write machine.truc.net dupont journalistes@belgiannews.com 'Conference de presse'
expect 'tintin has it' has_mail mail.belgiannews.com tintin 'Conference de presse'
expect 'redaction has it' has_mail mail.belgiannews.com redaction 'Conference de presse'
expect 'jgd has it' has_mail cui.unige.ch jgd 'Conference de presse'
expect 'errors would go to the owner of the list' \
	test -n "$(read_mail cui.unige.ch jgd 'Conference de presse' | grep -x 'Return-Path: <owner-journalistes@.*>')"

step '9. A machine that calls when it can'
waits_for_alger()
{
	[ -n "$(find "$T/uucp/alger" -name '*.command')" ]
}
expect 'relay.eunet.be keeps the mail for alger.refer.org (uux)' waits_for_alger
call alger.refer.org alger
expect 'nicolas has it' has_mail alger.refer.org nicolas 'Conference de presse'
write alger.refer.org nicolas jgd@cui.unige.ch "D'Alger"
expect 'his answer waits for the next call' test -n "$(sleep 2; ls "$T/uucp/eunet")"
call relay.eunet.be eunet
expect 'and arrives' has_mail cui.unige.ch jgd "D'Alger"

step '10. The cable is pulled in the middle of a message'
everybody()
{
	local parent=${pid[mail.belgiannews.com/smtpd]}
	# shellcheck disable=SC2046 # several numbers
	kill "-$1" "$parent" $(cat "/proc/$parent/task/$parent/children")
}
# Wait until its first bytes are there, as long as that may take.
begun()
{
	local file end=$((SECONDS + 30))
	while [ "$SECONDS" -lt "$end" ]; do
		for file in "$T/mail.belgiannews.com/mail/redaction/tmp"/*; do
			[ ! -e "$file" ] || return 0
		done
	done
	return 1
}
big=$(head -c "$BIG" /dev/zero | tr '\0' 'x' | fold -w 70)
write mail.truc.net Henri.Dupont redaction@belgiannews.com 'Coupure' "$big"
expect 'mail.belgiannews.com is receiving it' begun
# It falls asleep, so that there is time to pull.
everybody STOP
unplug mail.belgiannews.com
everybody CONT
failed_in_data()
{
	on relay.eunet.be mailq | grep -q -E 'timed out|lost connection'
}
expect 'the connection broke, and the relay says where' failed_in_data
on relay.eunet.be mailq | show
expect 'nothing of it was delivered' test "$(mail_count mail.belgiannews.com redaction Coupure)" -eq 0
plug mail.belgiannews.com
wait_for 10 on relay.eunet.be bash -c "exec 3<>/dev/tcp/${address[mail.belgiannews.com]}/25"
on relay.eunet.be mailq --flush >/dev/null
expect 'after the repair it arrives' has_mail mail.belgiannews.com redaction Coupure
sleep 1
expect 'once' test "$(mail_count mail.belgiannews.com redaction Coupure)" -eq 1
expect 'and whole' test "$(read_mail mail.belgiannews.com redaction Coupure | tr -cd x | wc -c)" -ge "$BIG"

step '11. In the end'
for name in machine.truc.net mail.truc.net relay.eunet.be mail.belgiannews.com cui.unige.ch alger.refer.org; do
	expect "nothing waits on $name" queue_is_empty "$name"
done

printf '\n%d passed, %d failed\n' "$((steps - broken))" "$broken"
[ "$broken" -eq 0 ]
