#!/bin/sh
# SPDX-License-Identifier: ISC
#
# relay.sh PEER - a queue that waits is sent to one server: at once, and with 50 ms of round trip. With postfix also: a
# queue that waits is delivered into Maildirs here.
# shellcheck disable=SC2119
. "${0%/*}/lib.sh"
. "${0%/*}/peers.sh"

peer=$1
PORT=$("$TOOLS/sink" --unused)
SINK=$("$TOOLS/sink" --unused)

# ours_queue COUNT: messages to other.example in our queue. The sender is null, so that nothing is returned.
ours_queue()
{
	ours_conf "relayhost=[127.0.0.1]:$SINK"
	ours_smtpd || exit 1
	"$TOOLS/blast" --port "$OURS_PORT" --sessions 8 --messages "$1" --per-connection 0 --size 4096 \
		--recipients 4 --to "${2:-user%d@other.example}" --from "" >/dev/null || note 'relay: not all were queued'
	ours_stop
}

postfix_queue()
{
	postconf -e 'smtpd_client_restrictions=check_client_access static:HOLD'
	postfix reload 2>/dev/null
	sleep 0.5
	"$TOOLS/blast" --port "$PORT" --sessions 8 --messages "$1" --per-connection 0 --size 4096 \
		--recipients 4 --to "${2:-user%d@other.example}" --from "" >/dev/null || note 'relay: not all were queued'
	postconf -e smtpd_client_restrictions=
	postfix reload 2>/dev/null
}

postfix_release()
{
	postsuper -H ALL 2>/dev/null
	postqueue -f
}

dma_queue()
{
	make_message 4096 "$D/message" someone@other.example
	"$TOOLS/race" --count "$1" --warm-up 0 --input "$D/message" -- /usr/sbin/sendmail -t >/dev/null
}

# drain COUNT RTT COMMAND...: messages a second from the first connection to the last message
drain()
{
	n=$1 rtt=$2
	shift 2
	sink_start --count "$n" --rtt "$rtt" --idle 20
	"$@" >"$D/drain.log" 2>&1 &
	drainer=$!
	sink_end
	wait "$drainer"
	[ "$(figure messages "$SINK_LINE")" = "$n" ] || note "relay: $* sent $SINK_LINE instead of $n"
	rate "$(figure messages "$SINK_LINE")" "$(figure seconds "$SINK_LINE")"
}

# compare COUNT RTT TARGET WHAT
compare()
{
	: >"$D/ours.rates"
	: >"$D/theirs.rates"
	for _ in $(seq "$ROUNDS"); do
		ours_queue "$1"
		drain "$1" "$2" "$LETTERBOX_BIN/mta-relay" --once >>"$D/ours.rates"
		postfix_queue "$1"
		drain "$1" "$2" postfix_release >>"$D/theirs.rates"
	done
	row "$4" /s higher "$(median <"$D/ours.rates")" "$(median <"$D/theirs.rates")" "$5" "$3"
}

local_delivery()
{
	n=${QUICK:+500}
	n=${n:-2000}
	: >"$D/ours.rates"
	: >"$D/theirs.rates"
	for _ in $(seq "$ROUNDS"); do
		rm -rf "$D/ours" "$D/mail"/*
		ours_queue "$n" user%d@later.example
		sed -i 's/^mydestination.*/mydestination = later.example/' "$D/letterbox.conf"
		# Tables that were changed a moment ago are read again for each message.
		sleep 3
		start=$(now)
		"$LETTERBOX_BIN/mta-relay" --once >"$D/drain.log" 2>&1
		rate "$n" "$(awk -v a="$start" -v b="$(now)" 'BEGIN { print (b - a) / 1e9 }')" >>"$D/ours.rates"
		[ "$(count_files "$D"/ours/user*/new)" = "$n" ] || note "relay: $(count_files "$D"/ours/user*/new) of $n"
		postfix_queue "$n" user%d@bench.example
		postsuper -H ALL 2>/dev/null
		start=$(now)
		postqueue -f
		# shellcheck disable=SC2016
		wait_for 60 sh -c '[ "$(find "$0" -path "*/new/*" -type f | wc -l)" -ge "$1" ]' "$D/mail" "$n" ||
			note 'relay: Postfix did not deliver all'
		rate "$n" "$(awk -v a="$start" -v b="$(now)" 'BEGIN { print (b - a) / 1e9 }')" >>"$D/theirs.rates"
	done
	row 'mta-relay: queue into Maildirs' /s higher "$(median <"$D/ours.rates")" "$(median <"$D/theirs.rates")" postfix 2
}

case $peer in
postfix)
	postfix_start || exit 1
	near=${QUICK:+1000}
	near=${near:-5000}
	compare "$near" 0 2 'mta-relay: queue into a sink' postfix
	distant=${QUICK:+400}
	distant=${distant:-1500}
	compare "$distant" 50 2.5 'mta-relay: 50 ms away, 20 connections' postfix
	if [ -z "$QUICK" ]; then
		postconf -e default_destination_concurrency_limit=60 default_process_limit=120
		compare "$distant" 50 1 'mta-relay: 50 ms away, 20 connections' 'postfix with 60'
		postconf -e default_destination_concurrency_limit=20 default_process_limit=100
	fi
	local_delivery;;
dma)
	dma_start
	: >"$D/ours.rates"
	: >"$D/theirs.rates"
	for _ in 1 2 3; do
		ours_queue 1000
		drain 1000 0 "$LETTERBOX_BIN/mta-relay" --once >>"$D/ours.rates"
		dma_queue 300
		drain 300 0 dma -q1 >>"$D/theirs.rates"
	done
	row 'mta-relay: queue into a sink' /s higher "$(median <"$D/ours.rates")" "$(median <"$D/theirs.rates")" dma 1;;
esac
