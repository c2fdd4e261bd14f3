#!/bin/sh
# SPDX-License-Identifier: ISC
#
# list.sh - a mailing list beside mlmmj's: a post of 4 KB to 10,000 members of 500 domains, each with a sender of his own
# (VERP) and grouped; the memory that 100,000 members need; members who are added one by one.
#
# Time is from when the post is accepted (our sendmail, mlmmj-receive has returned) until the sink has accepted the last
# message. With VERP mlmmj sends some 22 messages a second, so it has fewer members there; its time is proportional to
# them. Both send to one server and sync as they do by default.
# shellcheck disable=SC2119
. "${0%/*}/lib.sh"

DOMAINS=500
MEMBERS=10000
MANY=100000
relay=
guard=
trap 'kill $relay $SINK_PID $guard 2>/dev/null' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
SINK=$("$TOOLS/sink" --unused)

# members COUNT: their addresses
members()
{
	awk -v n="$1" -v domains="$DOMAINS" 'BEGIN {
		for (i = 0; i < n; i++)
			print "user" i "@d" i % domains ".example"
	}'
}

# post FILE: a post that was never sent before
post()
{
	posts=$((${posts:-0} + 1))
	make_message 4096 "$1" friends@bench.example
	sed -i "s/^Message-ID:.*/Message-ID: <$posts.$$@test.example>/" "$1"
}

# until_last RECIPIENTS SECONDS COMMAND...: seconds from when the command has returned until the last message; it is
# given up after SECONDS
until_last()
{
	n=$1
	post "$D/post"
	sink_start --recipients "$n"
	sleep "$2" && kill "$SINK_PID" &
	guard=$!
	shift 2
	"$@" <"$D/post" >"$D/post.log" 2>&1 || note "list: $* failed: $(tail -n 1 "$D/post.log")"
	accepted=$(now)
	sink_end
	kill "$guard" 2>/dev/null
	got=$(figure recipients "$SINK_LINE")
	if [ "${got:-0}" -ne "$n" ]; then
		note "list: $* sent $SINK_LINE instead of $n"
		echo nan
		return
	fi
	awk -v last="$(figure last "$SINK_LINE")" -v accepted="$accepted" \
		'BEGIN { s = last - accepted / 1e9; printf "%.3f\n", (s > 0.001 ? s : 0.001) }'
}

# ---- ours ----

ours_list()
{
	ours_conf "relayhost=[127.0.0.1]:$SINK" 'myorigin=bench.example'
	sed -i '/^delivery_mode/d' "$LETTERBOX_CONF"
	"$LETTERBOX_BIN/listmgr" create --owner user0@bench.example friends posting=open >"$D/create.log" 2>&1
}

# ours_members COUNT
ours_members()
{
	: >"$D/spool/lists/friends/members"
	members "$1" | "$LETTERBOX_BIN/listmgr" add friends
}

relay_start()
{
	"$LETTERBOX_BIN/mta-relay" --daemon >"$D/relay.log" 2>&1 &
	relay=$!
	sleep 0.5
}

relay_stop()
{
	kill "$relay"
	wait "$relay" 2>/dev/null
	relay=
}

# The largest that any process of the relay has been, in MiB.
relay_peak()
{
	for process in $relay $(cat "/proc/$relay/task/$relay/children"); do
		sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$process/status" 2>/dev/null
	done | sort -n | awk '{ most = $1 } END { printf "%.1f\n", most / 1024 }'
}

# ours_post VERP RECIPIENTS
ours_post()
{
	"$LETTERBOX_BIN/listmgr" config friends "verp=$1" >"$D/config.log" 2>&1
	until_last "$2" 20 "$LETTERBOX_BIN/sendmail" -f user1@d1.example friends@bench.example
}

# ---- mlmmj ----

mlmmj_list()
{
	printf 'bench.example\nowner@bench.example\nen\n' | mlmmj-make-ml -L friends -s "$D/mlmmj" >"$D/make-ml.log" 2>&1
	L=$D/mlmmj/friends
	echo 127.0.0.1 >"$L/control/relayhost"
	echo "$SINK" >"$L/control/smtpport"
}

# mlmmj_members COUNT
mlmmj_members()
{
	rm -f "$L/subscribers.d"/*
	# All begin with the same letter, so they are in one file.
	members "$1" >"$L/subscribers.d/u"
}

# As its alias is run: the MTA has put the envelope's sender in front.
mlmmj_receive()
{
	{
		echo 'Return-Path: <user1@d1.example>'
		cat
	} | /usr/bin/mlmmj-receive "$@"
}

# mlmmj_post VERP RECIPIENTS SECONDS
mlmmj_post()
{
	rm -f "$L/control/verp"
	# Empty it means: 100 recipients a message, all with the list's sender.
	[ "$1" = yes ] || : >"$L/control/verp"
	until_last "$2" "$3" mlmmj_receive -L "$L"
}

# ---- beside each other ----

posts()
{
	few=${QUICK:+200}
	few=${few:-1000}
	for verp in yes no; do
		: >"$D/ours.$verp"
		: >"$D/theirs.$verp"
	done
	for _ in 1 2 3; do
		ours_post yes "$MEMBERS" >>"$D/ours.yes"
		ours_post no "$MEMBERS" >>"$D/ours.no"
		mlmmj_members "$MEMBERS"
		mlmmj_post no "$MEMBERS" 60 >>"$D/theirs.no"
	done
	mlmmj_members "$few"
	mlmmj_post yes "$few" 60 >>"$D/theirs.yes"
	verp=$(median <"$D/ours.yes") grouped=$(median <"$D/ours.no")
	row 'listmgr: post to 10,000, VERP' s lower "$verp" 2 limit 1
	row 'listmgr: the same, members' /s higher "$(rate "$MEMBERS" "$verp")" \
		"$(rate "$few" "$(median <"$D/theirs.yes")")" "mlmmj, $few" 50
	row 'listmgr: post to 10,000, grouped' s lower "$grouped" 0.5 limit 1
	row 'listmgr: post to 10,000, grouped' s lower "$grouped" "$(median <"$D/theirs.no")" mlmmj 0.5
}

memory()
{
	ours_members "$MANY"
	for verp in yes no; do
		relay_start
		ours_post "$verp" "$MANY" >"$D/many.$verp"
		relay_peak >>"$D/relay.peaks"
		relay_stop
	done
	for verp in yes no; do
		"$LETTERBOX_BIN/listmgr" config friends "verp=$verp" >"$D/config.log" 2>&1
		post "$D/post"
		line=$("$TOOLS/race" --count 1 --warm-up 0 --input "$D/post" -- \
			"$LETTERBOX_BIN/listmgr" deliver --sender user1@d1.example --recipient friends@bench.example)
		[ "$(figure failed "$line")" = 0 ] || echo 'listmgr nan'
		figure rss_kb "$line"
	done | sort -n | awk '{ most = $1 } END { printf "%.1f", most / 1024 }' >"$D/listmgr.peak"
	row 'listmgr: memory, 100,000 members' MiB lower "$(cat "$D/listmgr.peak")" 64 limit 1
	row 'mta-relay: memory, post to 100,000 members' MiB lower "$(sort -n "$D/relay.peaks" | tail -n 1)" 64 limit 1
	note "list: 100,000 members: VERP $(cat "$D/many.yes") s, grouped $(cat "$D/many.no") s"
}

# one_by_one COUNT COMMAND...: seconds for so many runs with a new address each
one_by_one()
{
	n=$1
	shift
	start=$(now)
	line=$("$TOOLS/race" --count "$n" --warm-up 0 -- "$@")
	took=$(awk -v a="$start" -v b="$(now)" 'BEGIN { printf "%.2f\n", (b - a) / 1e9 }')
	[ "$(figure failed "$line")" = 0 ] || took=nan
	echo "$took"
}

additions()
{
	n=${QUICK:+1000}
	n=${n:-10000}
	: >"$D/spool/lists/friends/members"
	mlmmj_members 0
	one_by_one "$n" "$LETTERBOX_BIN/listmgr" add friends user%i@d.example >"$D/ours.add"
	one_by_one "$n" /usr/bin/mlmmj-sub -L "$L" -a user%i@d.example >"$D/theirs.add"
	[ "$(grep -c . "$D/spool/lists/friends/members")" = "$n" ] || note 'list: not all were added'
	row "listmgr add, $n one by one" s lower "$(cat "$D/ours.add")" $((n / 500)) limit 1
	row "listmgr add, $n one by one" s lower "$(cat "$D/ours.add")" "$(cat "$D/theirs.add")" mlmmj-sub -
}

ours_list && mlmmj_list || exit 1
ours_members "$MEMBERS"
relay_start
posts
relay_stop
memory
additions
