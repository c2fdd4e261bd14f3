# shellcheck shell=sh disable=SC2034
# SPDX-License-Identifier: ISC
#
# lib.sh - what the measurements share. Each tests/bench/ROW.sh is run by tests/bench/run inside the environment of a
# peer, and prints lines that `run` makes a table of; tab-separated:
#
#	what  unit  lower|higher  ours  theirs  peer  target
#
# lower or higher is better; the target is a bound of ours divided by theirs, "-" if there is none. A peer called
# "limit" is a fixed bound. Reads: D (a directory on the disk to be measured), DISK (its name in the table), TOOLS (the
# programs built from this directory), LETTERBOX_BIN, ROUNDS, QUICK (1 or empty).

# row WHAT UNIT BETTER OURS THEIRS PEER TARGET
row()
{
	printf '%s, %s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$DISK" "$2" "$3" "$4" "$5" "$6" "$7"
}

note()
{
	printf '# %s\n' "$*" >&2
}

# figure NAME LINE: the value of NAME=VALUE in a line of figures.
figure()
{
	printf '%s\n' "$2" | tr ' ' '\n' | sed -n "s/^$1=//p" | tail -n 1
}

# Median of the numbers on standard input.
median()
{
	sort -n | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)]; else print "nan" }'
}

# wait_for SECONDS COMMAND...
wait_for()
{
	tries=$(($1 * 20))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}

# make_message SIZE FILE ADDRESS
make_message()
{
	{
		printf 'From: sender@test.example\nTo: %s\nSubject: a message to measure with\n' "$3"
		printf 'Date: Sat, 22 Nov 2025 03:30:00 +0000\nMessage-ID: <1@test.example>\n\n'
		head -c "$1" /dev/zero | tr '\0' x | fold -w 72
		echo
	} | head -c "$1" >"$2"
	echo >>"$2"
}

# static_of APPLET: it, of the binary that `make static` makes; 1 if there is none. A quick run does not make it, and
# takes none that was made for something else.
static_of()
{
	[ -z "$QUICK" ] || return
	[ -x "$B/static/letterbox" ] || return
	mkdir -p "$D/static"
	ln -sf "$B/static/letterbox" "$D/static/$1"
	echo "$D/static/$1"
}

# ours_conf [NAME=VALUE...]: a configuration in $D; user0@bench.example to user3 have Maildirs in $D/ours.
ours_conf()
{
	mkdir -p "$D/ours"
	: >"$D/users"
	: >"$D/aliases"
	for user in 0 1 2 3; do
		for part in tmp new cur; do
			mkdir -p "$D/ours/user$user/$part"
		done
		echo "user$user:{PLAIN}secret::::$D/ours/user$user::" >>"$D/users"
	done
	{
		cat <<-END
			myhostname = letterbox.test.example
			mydestination = bench.example
			users_file = $D/users
			alias_maps = $D/aliases
			mail_location = maildir:$D/ours/%n
			queue_directory = $D/spool
			mail_owner = $(id -un)
			smtpd_client_connection_count_limit = 0
			delivery_mode = queue
		END
		for set in "$@"; do
			echo "$set"
		done
	} >"$D/letterbox.conf"
	LETTERBOX_CONF=$D/letterbox.conf
	export LETTERBOX_CONF
}

# ours_smtpd: listens on OURS_PORT, until the environment ends or ours_stop.
ours_smtpd()
{
	rm -f "$D/smtpd.log"
	"$LETTERBOX_BIN/smtpd" --listen 127.0.0.1:0 >"$D/smtpd.log" 2>&1 &
	OURS_PID=$!
	if ! wait_for 10 grep -q 'listening on' "$D/smtpd.log"; then
		cat "$D/smtpd.log" >&2
		return 1
	fi
	OURS_PORT=$(sed -n 's/.*listening on .*:\([0-9][0-9]*\).*/\1/p' "$D/smtpd.log" | head -n 1)
}

ours_stop()
{
	kill "$OURS_PID" 2>/dev/null
	wait "$OURS_PID" 2>/dev/null
}

# sink_start [OPTION...]: its port in SINK; sink_end waits for it, its figures are in SINK_LINE.
sink_start()
{
	rm -f "$D/sink.out"
	"$TOOLS/sink" --port "${SINK:-0}" "$@" >"$D/sink.out" 2>&1 &
	SINK_PID=$!
	wait_for 10 grep -q 'listening on' "$D/sink.out" || return 1
	SINK=$(sed -n 's/.*listening on .*://p' "$D/sink.out")
}

sink_end()
{
	wait "$SINK_PID"
	SINK_LINE=$(tail -n 1 "$D/sink.out")
}

# rate COUNT SECONDS
rate()
{
	awk -v n="$1" -v s="$2" 'BEGIN { printf "%.1f\n", (s > 0 ? n / s : 0) }'
}

# Nanoseconds.
now()
{
	date +%s%N
}

# count_files DIR...
count_files()
{
	find "$@" -type f 2>/dev/null | wc -l
}

# Sum of the proportional set sizes of the processes whose program matches the ERE, in KiB. Few forks: it is asked while
# others are measured.
pss()
{
	find /proc -mindepth 2 -maxdepth 2 -path '/proc/[1-9]*/exe' -printf '%h/smaps_rollup %l\n' 2>/dev/null |
		awk -v program="$1" '
			$2 ~ program {
				while ((getline line <$1) > 0)
					if (split(line, word) > 1 && word[1] == "Pss:")
						n += word[2]
				close($1)
			}
			END { print n + 0 }'
}
