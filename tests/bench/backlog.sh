#!/bin/sh
# SPDX-License-Identifier: ISC
#
# backlog.sh - 100,000 messages wait for another time, and a new one comes.
. "${0%/*}/lib.sh"

waiting=${QUICK:+20000}
waiting=${waiting:-100000}
mkdir "$D/taken"
sink_start --save "$D/taken"
relay=
trap 'kill $SINK_PID $relay 2>/dev/null' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
ours_conf "relayhost=[127.0.0.1]:$SINK"
sed -i "/^delivery_mode/d" "$LETTERBOX_CONF"
make_message 2048 "$D/message" someone@other.example

# The spool is made by who opens it first.
"$LETTERBOX_BIN/mta-relay" --once >/dev/null 2>&1
if [ ! -d "$D/spool/deferred" ]; then
	note 'backlog: mta-relay did not make a spool'
	exit 1
fi

new_message()
{
	before=$(count_files "$D/taken")
	start=$(now)
	"$LETTERBOX_BIN/sendmail" -t <"$D/message" || note 'backlog: sendmail failed'
	while [ "$(count_files "$D/taken")" -eq "$before" ]; do
		[ $((($(now) - start) / 1000000000)) -lt 5 ] || break
		sleep 0.002
	done
	awk -v a="$start" -v b="$(now)" 'BEGIN { printf "%.1f\n", (b - a) / 1e6 }'
}

# measure: start a relay, median latency of five messages in LATENCY, peak memory in MEMORY
measure()
{
	"$LETTERBOX_BIN/mta-relay" --daemon >"$D/relay.log" 2>&1 &
	relay=$!
	sleep "$1"
	for _ in 1 2 3 4 5; do
		new_message
	done >"$D/latencies"
	LATENCY=$(median <"$D/latencies")
	MEMORY=$(for process in $relay $(cat "/proc/$relay/task/$relay/children"); do
		sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$process/status" 2>/dev/null
	done | awk '{ n += $1 } END { printf "%.1f", n / 1024 }')
	kill "$relay"
	wait "$relay" 2>/dev/null
	relay=
}

measure 0.5
empty=$LATENCY
"$TOOLS/fill" "$D/spool" "$waiting" 3600
measure 2
row "mta-relay: a new message, $waiting waiting" ms lower "$LATENCY" "$empty" 'empty queue' -
row "mta-relay: a new message, $waiting waiting" ms lower "$LATENCY" 100 limit 1
row "mta-relay: memory, $waiting waiting" MiB lower "$MEMORY" 64 limit 1
