#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Mail finds its way by MX records, from a real name server. All servers are on 127.0.0.1, where a port of the test
# stands for port 25; on 127.0.0.2 nobody listens.
# shellcheck disable=SC2154 # t_pid is set there
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/names.sh"
t_init
export RES_OPTIONS='timeout:1 attempts:1'
fake=${LETTERBOX%/*}/tests/fakesmtp

t_start far "$fake" --log "$T/far.said"
t_port far || t_done
port=$PORT
crowd=$(for number in $(seq 90); do
	echo "--mx-host=crowd.example,a-rather-long-name-of-a-host-$number.crowd.example,$((100 - number))"
done)
# shellcheck disable=SC2086 # many options
names_start --mx-host=belgiannews.example,mail.belgiannews.example,5 --mx-host=belgiannews.example,relay.eunet.example,10 \
	--host-record=mail.belgiannews.example,127.0.0.2 --host-record=relay.eunet.example,127.0.0.1 \
	--mx-host=equal.example,one.equal.example,5 --mx-host=equal.example,two.equal.example,5 \
	--host-record=one.equal.example,127.0.0.1 --host-record=two.equal.example,127.0.0.1 \
	--host-record=implicit.example,127.0.0.1 --dns-rr=null.example,15,000000 \
	--mx-host=gone.example,none.example,5 --host-record=nomail.example,127.0.0.2 \
	--mx-host=renamed.example,alias.example,5 --cname=alias.example,relay.eunet.example \
	--mx-host=both.example,both-families.example,5 --host-record=both-families.example,127.0.0.1,2001:db8::1 \
	--mx-host=loop.example,test.example,5 --mx-host=loop.example,relay.eunet.example,10 \
	--host-record=test.example,192.0.2.25 --mx-host=here.example,here2.example,5 --host-record=here2.example,127.0.0.1 \
	--host-record=a-rather-long-name-of-a-host-89.crowd.example,127.0.0.1 $crowd

# conf NAME=VALUE...
conf()
{
	rm -rf "$SPOOL" "$T/home/al/Maildir"
	t_conf delivery_mode=queue "dns_servers=$NAMES" "smtp_tcp_port=$port" "$@"
}

# deliver RECIPIENT...: one message for each, and one run of the relay.
deliver()
{
	for recipient in "$@"; do
		printf 'Subject: %s\n\nbody\n' "$recipient" | sendmail -i -f al@test.example "$recipient"
	done
	mta-relay --once --json >"$T/out" 2>"$T/err"
}

# outcome FIELD RECIPIENT
outcome()
{
	sed -n "s/.*\"recipient\":\"$2\".*\"$1\":\"\([^\"]*\)\".*/\1/p" "$T/out" | head -n 1
}

# Preferences: the first one is down, so it is the second.
conf
deliver al@belgiannews.example
t_is "$(outcome status al@belgiannews.example) $(outcome relay al@belgiannews.example)" \
	'sent relay.eunet.example[127.0.0.1]' 'the first MX is down, and the second takes it'

# Equal ones share: both are seen, sooner or later.
seen=
for try in $(seq 60); do
	deliver "al$try@equal.example"
	seen="$seen $(outcome relay "al$try@equal.example")"
	case $seen in *one.equal*two.equal* | *two.equal*one.equal*) break ;; esac
done
t_like "$seen" 'one.equal.*two.equal|two.equal.*one.equal' 'equal preference: both get mail'

deliver al@implicit.example al@renamed.example al@both.example al@crowd.example
t_is "$(outcome relay al@implicit.example)" 'implicit.example[127.0.0.1]' 'no MX: the domain itself'
t_is "$(outcome relay al@renamed.example)" 'alias.example[127.0.0.1]' 'an MX that is an alias'
t_is "$(outcome relay al@both.example)" 'both-families.example[127.0.0.1]' 'a dead IPv6 address beside one of IPv4'
t_is "$(outcome relay al@crowd.example)" 'a-rather-long-name-of-a-host-89.crowd.example[127.0.0.1]' \
	'of very many MX hosts the best one that exists'

# What will never work is returned.
deliver al@null.example al@none.example al@gone.example
t_is "$(outcome status al@null.example) $(outcome dsn al@null.example) $(outcome text al@null.example)" \
	'bounced 5.1.10 domain null.example accepts no mail (null MX)' 'null MX'
t_is "$(outcome status al@none.example) $(outcome dsn al@none.example) $(outcome text al@none.example)" \
	'bounced 5.1.2 domain none.example does not exist' 'a domain that does not exist'
t_is "$(outcome status al@gone.example) $(outcome dsn al@gone.example) $(outcome text al@gone.example)" \
	'bounced 5.4.4 host none.example does not exist' 'MX hosts that do not exist'
t_is "$(t_queue_count)" 0 'nothing waits'
t_is "$(t_mail_count al)" 3 'three bounces'
t_like "$(grep -h '^Status:' "$T"/home/al/Maildir/new/*)" '^Status: 5\.1\.10' 'that say why'

# What may work later waits.
conf
deliver al@nomail.example al@elsewhere.test
t_like "$(outcome status al@nomail.example) $(outcome text al@nomail.example)" \
	"^deferred connect to nomail.example\[127.0.0.2\]:$port: Connection refused" 'a host that is down'
t_is "$(outcome status al@elsewhere.test) $(outcome dsn al@elsewhere.test)" 'deferred 4.4.3' 'a name server that fails'
t_is "$(t_queue_count)" 2 'both wait'
t_start silent python3 -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
print("listening on 127.0.0.1:%d" % s.getsockname()[1], flush=True)
time.sleep(60)'
t_port silent || t_done
conf "dns_servers=127.0.0.1:$PORT"
deliver al@implicit.example
t_is "$(outcome status al@implicit.example) $(outcome dsn al@implicit.example) $(outcome text al@implicit.example)" \
	'deferred 4.4.3 looking up MX for implicit.example: no name server has answered in time' 'a name server that is silent'

# Loops: at port 25, where other machines' mail for us arrives.
conf smtp_tcp_port=25
deliver al@loop.example al@here.example
t_is "$(outcome status al@loop.example) $(outcome dsn al@loop.example) $(outcome text al@loop.example)" \
	'deferred 4.4.6 mail for loop.example loops back to myself: mydestination does not have it' 'an MX of our name'
t_is "$(outcome status al@here.example) $(outcome text al@here.example)" \
	'bounced mail for here.example loops back to myself' 'an MX with an address of ours'

# relayhost by MX, and a host in brackets, which /etc/hosts may name.
conf relayhost=belgiannews.example:"$port"
deliver al@none.example
t_is "$(outcome relay al@none.example)" 'relay.eunet.example[127.0.0.1]' 'relayhost without brackets: its MX'
conf "relayhost=[localhost]:$port"
deliver al@none.example
t_is "$(outcome status al@none.example)" sent 'relayhost in brackets: the host'
conf "relayhost=localhost:$port" "dns_servers=127.0.0.1:$PORT"
deliver al@none.example
t_is "$(outcome status al@none.example)" sent 'localhost is not asked for'

# Parameters that are wrong.
for wrong in dns_servers=ns.example dns_servers=127.0.0.1:x 'proxy_interfaces=x' smtp_tcp_port=0 smtp_host_lookup=nis; do
	t_expect_exit 78 mta-relay -o "$wrong" --once
	t_like "$(cat "$T/err")" "${wrong%%=*}" 'says what is wrong'
done
t_done
