# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# machines.sh - machines on a network: made, configured, switched on and off. What story.sh tells needs them.
#
#	machine NAME ADDRESS [NAME=VALUE...]   a host with its letterbox.conf
#	user NAME WHO                          a mailbox on it
#	on NAME COMMAND...                     run it there
#	serve NAME, relay NAME                 start smtpd, mta-relay there
#	stop NAME smtpd|relay                  and end it
#	reload NAME                            smtpd reads its keys again
#	unplug NAME, plug NAME                 pull the network cable
#
# Everything a machine has is in $T/NAME: letterbox.conf, aliases, users, spool, mail/USER (Maildirs), log.

declare -A address pid
machines=()

# The cable that all are plugged into.
network()
{
	ip link set lo up
	ip link add backbone type bridge
	ip link set backbone up
}

machine()
{
	local name=$1 at=$2 wire=m${#machines[@]} setting
	shift 2
	machines+=("$name")
	address[$name]=$at
	ip netns add "$name"
	ip link add "$wire" type veth peer name eth0 netns "$name"
	ip link set "$wire" master backbone up
	ip -n "$name" address add "$at/24" dev eth0
	ip -n "$name" link set eth0 up
	ip -n "$name" link set lo up
	mkdir -p "$T/$name/mail"
	chmod 711 "$T/$name"
	{
		cat <<-END
			myhostname = $name
			mynetworks = 127.0.0.0/8
			queue_directory = $T/$name/spool
			alias_maps = $T/$name/aliases
			users_file = $T/$name/users
			mail_location = maildir:$T/$name/mail/%n
			smtp_connect_timeout = 2s
		END
		for setting; do
			printf '%s\n' "$setting"
		done
	} >"$T/$name/letterbox.conf"
	touch "$T/$name/aliases" "$T/$name/users" "$T/$name/log"
	install -d -o mail -g mail -m 700 "$T/$name/mail"
}

on()
{
	local name=$1
	shift
	LETTERBOX_CONF=$T/$name/letterbox.conf ip netns exec "$name" "$@"
}

user()
{
	printf '%s:::::%s::\n' "$2" "$T/$1/mail/$2" >>"$T/$1/users"
}

serve()
{
	: >"$T/$1/listening"
	LETTERBOX_CONF=$T/$1/letterbox.conf ip netns exec "$1" smtpd --listen "${address[$1]}:25" \
		>"$T/$1/listening" 2>>"$T/$1/log" &
	pid[$1/smtpd]=$!
	wait_for 10 grep -q 'listening on' "$T/$1/listening" || fail "smtpd on $1 does not listen"
}

relay()
{
	LETTERBOX_CONF=$T/$1/letterbox.conf ip netns exec "$1" mta-relay --daemon >>"$T/$1/log" 2>&1 &
	pid[$1/relay]=$!
}

stop()
{
	kill "${pid[$1/$2]}"
	wait "${pid[$1/$2]}" 2>/dev/null
	unset "pid[$1/$2]"
}

reload()
{
	kill -HUP "${pid[$1/smtpd]}"
	sleep 1
}

unplug()
{
	ip -n "$1" link set eth0 down
}

plug()
{
	ip -n "$1" link set eth0 up
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for()
{
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# ---- mailboxes and queues ----

# mail_count MACHINE USER TEXT: how many messages with that text the user has there.
mail_count()
{
	{ grep -l -r -s -e "$3" "$T/$1/mail/$2/new" "$T/$1/mail/$2/cur" || :; } | wc -l
}

has_mail()
{
	[ "$(mail_count "$@")" -gt 0 ]
}

arrives()
{
	wait_for 20 has_mail "$@"
}

queue_is_empty()
{
	[ "$(on "$1" mailq --json | wc -l)" -eq 0 ]
}

# queue_says MACHINE TEXT: is it in what mailq says?
queue_says()
{
	on "$1" mailq | grep -q -e "$2"
}

# ---- names ----

# zone NAME RECORD...: a zone with these records; every name below it that is a machine gets its address.
zone()
{
	local name=$1 record host
	shift
	{
		echo "\$ORIGIN $name."
		echo '$TTL 60'
		echo "@ SOA ns.refer.org. hostmaster.refer.org. 1 60 60 86400 60"
		echo '@ NS ns.refer.org.'
		for host in "${machines[@]}"; do
			case $host in
			*".$name") echo "$host. A ${address[$host]}";;
			esac
		done
		for record; do
			printf '%s\n' "$record"
		done
	} >"$T/dns/$name.zone"
	zones+=("$name")
}
zones=()

# An authoritative server with signed zones, and a resolver that validates them: ns.refer.org.
names()
{
	local zone
	{
		echo 'server:'
		echo "    listen: 127.0.0.1@5353"
		echo "    rundir: $T/dns"
		echo "    pidfile: $T/dns/knotd.pid"
		echo 'database:'
		echo "    storage: $T/dns/db"
		echo 'template:'
		echo '  - id: default'
		echo "    storage: $T/dns"
		echo '    file: "%s.zone"'
		echo '    zonefile-sync: -1'
		echo '    zonefile-load: difference-no-serial'
		echo '    journal-content: all'
		echo '    dnssec-signing: on'
		echo 'zone:'
		printf '  - domain: %s\n' "${zones[@]}"
	} >"$T/dns/knot.conf"
	ip netns exec ns.refer.org knotd -c "$T/dns/knot.conf" >"$T/dns/knotd.log" 2>&1 &
	pid[knotd]=$!
	wait_for 20 names_are_signed || fail 'knotd does not sign'
	{
		cat <<-END
			server:
			    interface: ${address[ns.refer.org]}
			    access-control: 0.0.0.0/0 allow
			    chroot: ""
			    username: ""
			    directory: $T/dns
			    pidfile: $T/dns/unbound.pid
			    use-syslog: no
			    do-daemonize: no
			    do-not-query-localhost: no
			    module-config: "validator iterator"
			    cache-max-ttl: 1
			    cache-max-negative-ttl: 1
			    local-zone: "10.in-addr.arpa." nodefault
		END
		for zone in "${zones[@]}"; do
			keymgr -c "$T/dns/knot.conf" "$zone" ds | sed 's/.*/    trust-anchor: "&"/'
		done
		for zone in "${zones[@]}"; do
			printf 'stub-zone:\n    name: %s\n    stub-addr: 127.0.0.1@5353\n' "$zone"
		done
	} >"$T/dns/unbound.conf"
	ip netns exec ns.refer.org unbound -c "$T/dns/unbound.conf" >"$T/dns/unbound.log" 2>&1 &
	pid[unbound]=$!
	mkdir -p /etc/netns
	printf 'nameserver %s\noptions trust-ad\n' "${address[ns.refer.org]}" >"$T/dns/resolv.conf"
	mount --bind "$T/dns/resolv.conf" /etc/resolv.conf
	wait_for 20 names_resolve || fail 'unbound does not answer'
}

names_are_signed()
{
	local zone
	for zone in "${zones[@]}"; do
		ip netns exec ns.refer.org kdig @127.0.0.1 -p 5353 +time=1 +retry=0 +short +dnssec "$zone" SOA \
			2>/dev/null | grep -q '^SOA' || return 1
	done
}

names_resolve()
{
	ip netns exec ns.refer.org kdig "@${address[ns.refer.org]}" +time=1 +retry=0 +short belgiannews.com MX \
		2>/dev/null | grep -q mail.belgiannews.com
}
