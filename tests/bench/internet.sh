#!/bin/sh
# SPDX-License-Identifier: ISC
#
# internet.sh postfix|limits - mail for many domains, found in DNS.
#
# postfix: a queue for 200 domains whose servers are 50 ms away, but for 20 that cannot be reached: ten refuse
# connections, ten say nothing. It has a network of its own (both ask the name server of /etc/resolv.conf) in which
# 198.51.100.0/24 is the black hole: what is routed to lo and is nobody's address is dropped.
# limits: 1,000 deliveries at once, and connections with TLS, new and resumed.
. "${0%/*}/lib.sh"
. "${0%/*}/peers.sh"

DOMAINS=200
DEAD=20
RTT=50
AT_ONCE=1000

if [ "$1" = postfix ] && [ -z "${OWN_NETWORK:-}" ]; then
	OWN_NETWORK=1 exec unshare --net "$0" "$@"
fi
SINK=$("$TOOLS/sink" --unused)

# dns_start PORT DOMAINS DEAD: d0.example and so on have MX records; the last ones are dead.
dns_start()
{
	cat >"$D/dns.conf" <<-END
		no-resolv
		no-hosts
		user=$(id -un)
		pid-file=$D/dns.pid
		bind-interfaces
		listen-address=127.0.0.1
		port=$1
		local=/example/
		local-ttl=300
		address=/live.example/127.0.0.1
		address=/refuses.example/127.0.0.9
		address=/silent.example/198.51.100.1
	END
	awk -v domains="$2" -v live="$(($2 - $3))" 'BEGIN {
		for (i = 0; i < domains; i++)
			print "mx-host=d" i ".example,mx" i "." (i < live ? "live" : i % 2 ? "refuses" : "silent") ".example,10"
	}' >>"$D/dns.conf"
	# It listens when it has gone to the background.
	PATH=$PATH:/usr/sbin dnsmasq --conf-file="$D/dns.conf" >"$D/dns.log" 2>&1 && return
	cat "$D/dns.log" >&2
	return 1
}

# watch_memory ERE: of the processes with such a program, until memory_end, which prints the most that was seen (KiB).
watch_memory()
{
	: >"$D/memory"
	while sleep 0.5; do
		pss "$1" >>"$D/memory"
	done &
	MEMORY_PID=$!
}

memory_end()
{
	kill "$MEMORY_PID"
	wait "$MEMORY_PID" 2>/dev/null
	sort -n "$D/memory" | tail -n 1
}

# ours_queue COUNT DOMAINS: COUNT messages for so many domains. The sender is null, so that nothing is returned.
ours_queue()
{
	rm -rf "$D/spool"
	ours_smtpd || exit 1
	"$TOOLS/blast" --port "$OURS_PORT" --sessions 8 --messages "$1" --per-connection 0 --size 4096 \
		--recipients "$2" --to user@d%d.example --from '' >/dev/null || note 'internet: not all were queued'
	ours_stop
}

# What cannot be delivered is not waited for.
ours_drain()
{
	"$LETTERBOX_BIN/mta-relay" --once >"$D/drain.log" 2>&1 &
	relay=$!
	sink_end
	kill "$relay" 2>/dev/null
	kill "$relay" 2>/dev/null
	wait "$relay"
}

# to_domains COUNT
to_domains()
{
	live=$(($1 * (DOMAINS - DEAD) / DOMAINS))
	ours_queue "$1" "$DOMAINS"
	sink_start --count "$live" --rtt "$RTT" --idle 20
	watch_memory '/letterbox$'
	ours_drain
	memory_end >>"$D/ours.memory"
	check_sink "$live"
	rate "$(figure messages "$SINK_LINE")" "$(figure seconds "$SINK_LINE")" >>"$D/ours.rates"

	"$TOOLS/blast" --port "$PORT" --sessions 8 --messages "$1" --per-connection 0 --size 4096 \
		--recipients "$DOMAINS" --to user@d%d.example --from '' >/dev/null || note 'internet: not all were queued'
	sink_start --count "$live" --rtt "$RTT" --idle 20
	watch_memory '/postfix/'
	postsuper -H ALL 2>/dev/null
	postqueue -f
	sink_end
	memory_end >>"$D/theirs.memory"
	check_sink "$live"
	rate "$(figure messages "$SINK_LINE")" "$(figure seconds "$SINK_LINE")" >>"$D/theirs.rates"
	postsuper -d ALL 2>/dev/null
}

check_sink()
{
	[ "$(figure messages "$SINK_LINE")" = "$1" ] || note "internet: $SINK_LINE instead of $1"
}

beside_postfix()
{
	PATH=$PATH:/usr/sbin:/sbin
	ip link set lo up && ip route add 198.51.100.0/24 dev lo || return 1
	rm -f /etc/resolv.conf
	echo nameserver 127.0.0.1 >/etc/resolv.conf
	dns_start 53 "$DOMAINS" "$DEAD" || return 1
	PORT=$("$TOOLS/sink" --unused)
	# Held as it comes; in its chroot it would look for another resolv.conf.
	postfix_start relayhost= disable_dns_lookups=no smtp_host_lookup=dns "smtp_tcp_port=$SINK" \
		smtpd_client_restrictions='check_client_access static:HOLD' || return 1
	postconf -F smtp/unix/chroot=n
	postfix reload 2>/dev/null
	sleep 0.5
	ours_conf "smtp_tcp_port=$SINK"
	each=${QUICK:+5}
	for _ in $(seq "$ROUNDS"); do
		to_domains $((DOMAINS * ${each:-20}))
	done
	row "mta-relay: $DOMAINS domains, $DEAD dead, $RTT ms away" /s higher "$(median <"$D/ours.rates")" \
		"$(median <"$D/theirs.rates")" postfix 2
	row "mta-relay: the same, memory" KiB lower "$(median <"$D/ours.memory")" "$(median <"$D/theirs.memory")" \
		postfix 1
}

# Servers are so slow that all are connected at once. The usual limit of open files has to do.
at_once()
{
	dns=$("$TOOLS/sink" --unused)
	dns_start "$dns" "$AT_ONCE" 0 || return 1
	ours_conf "smtp_tcp_port=$SINK" "dns_servers=127.0.0.1:$dns" "default_process_limit=$AT_ONCE"
	ours_queue "$AT_ONCE" "$AT_ONCE"
	sink_start --count "$AT_ONCE" --rtt 1000 --idle 20
	watch_memory '/letterbox$'
	# shellcheck disable=SC3045 # every shell has -S
	ulimit -Sn 1024
	ours_drain
	memory_end >"$D/peak"
	memory=$(cat "$D/peak")
	check_sink "$AT_ONCE"
	kill "$(cat "$D/dns.pid")"
	if [ "$(figure most "$SINK_LINE")" -lt "$AT_ONCE" ]; then
		note "internet: $(figure most "$SINK_LINE") at once"
		memory=nan
	fi
	row "mta-relay: $AT_ONCE deliveries at once, memory" KiB lower "$memory" 307200 limit 1
}

# 200 messages, each on a connection with TLS of its own.
with_tls()
{
	"${0%/*}/../support/certs" "$D/certs"
	ours_conf "tls_cert_file=$D/certs/address.pem" "tls_key_file=$D/certs/address.key" smtpd_tls_security_level=encrypt
	: >"$D/full.rates"
	: >"$D/resumed.rates"
	for _ in $(seq "$ROUNDS"); do
		rm -rf "$D/spool"
		ours_smtpd || return 1
		for kind in full resumed; do
			line=$("$TOOLS/handshakes" --port "$OURS_PORT" --ca "$D/certs/ca.pem" --messages 200 "--$kind")
			figure per_second "$line" >>"$D/$kind.rates"
			[ "$(figure resumed "$line")" = "$([ "$kind" = full ] && echo 0 || echo 199)" ] ||
				note "internet: $kind: $line"
		done
		ours_stop
	done
	row 'smtpd, client: new connections, TLS resumed' /s higher "$(median <"$D/resumed.rates")" \
		"$(median <"$D/full.rates")" 'full handshake' 1
}

case $1 in
postfix) beside_postfix;;
limits)
	with_tls && at_once;;
esac
