# shellcheck shell=sh disable=SC2034
# SPDX-License-Identifier: ISC
#
# faults.sh - run a command once for each system call that it makes, with that call failing, or the process ending
# there; what must then be true is asked after each run. Included behind lib.sh.
#
# The default takes some seconds for each script; CRASH=thorough also tries errors that stay, processes that end alone,
# and each error at each call instead of those that are likely there. CRASH=sparse, for slow builds of what another one
# has been asked all of, is one way at each call, another at the next.
#
# A run that takes longer than FAULTS_LIMIT seconds is a violation too.
#
# A script gives faults_walk three commands:
#
#	prepare          make everything new for a run
#	attempt          the run; its exit status is kept in STATUS
#	check HOW        complain with `violated TEXT` if what is found now must not be

FAULTS_LIMIT=5

# is_preloaded: does failfs.so count what our binary does?
is_preloaded()
{
	rm -f "$T/count"
	FAIL_COUNT=$T/count LD_PRELOAD=$T/failfs.so ASAN_OPTIONS=verify_asan_link_order=0 "$LETTERBOX" --list >/dev/null 2>&1
	[ -e "$T/count" ]
}

faults_init()
{
	# Thousands of small files are made and removed: in memory, where there is some.
	[ ! -w /dev/shm ] || TMPDIR=/dev/shm
	t_init
	if ! ${CC:-cc} -std=c11 -D_GNU_SOURCE -O1 -shared -fPIC -o "$T/failfs.so" "$TOP/tests/applets/crash/failfs.c" -ldl \
		>"$T/cc.log" 2>&1; then
		t_note <"$T/cc.log"
		t_skip_all 'there is no compiler for the library that injects faults'
	fi
	is_preloaded || t_skip_all 'nothing can be preloaded into this binary, or from here'
	faults_runs=0
	faults_violations=0
	FAULT=none
}

# faults_run COMMAND...: with the plan in FAIL_*, in a process group of its own; sets STATUS.
faults_run()
{
	rm -f "$T/count" "$T/calls"
	# The shell tells of processes that were killed.
	{
		timeout -k 1 "$FAULTS_LIMIT" env FAIL_COUNT="$T/count" FAIL_LOG="$T/calls" FAIL_AT="$FAIL_AT" \
			FAIL_HOW="$FAIL_HOW" FAIL_LASTING="$FAIL_LASTING" LD_PRELOAD="$T/failfs.so" \
			ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 "$@" >"$T/out" 2>"$T/err"
		STATUS=$?
	} 2>/dev/null
	[ "$STATUS" -ne 124 ] || violated "no end after $FAULTS_LIMIT seconds"
}

# The call that was hit, of this run: another run may make them in another order.
injected()
{
	sed -n "/^${FAIL_AT:-0} /p" "$T/calls"
}

# violated TEXT: an invariant; the first few are shown in full.
violated()
{
	faults_violations=$((faults_violations + 1))
	[ "$faults_violations" -gt 5 ] && return
	t_note "$FAULT at call $(injected): $* (exit status $STATUS)"
	t_note <"$T/err"
}

# The ways in which a call of this name is to go wrong.
faults_of()
{
	if [ "${CRASH:-}" = thorough ]; then
		echo EIO ENOSPC ENOSPC+ EDQUOT EMFILE EACCES EAGAIN ENOMEM short kill crash after
		return
	fi
	case $1 in
	open) echo EIO ENOSPC EMFILE crash;;
	write) echo EIO ENOSPC short crash;;
	fsync|ftruncate) echo EIO crash;;
	rename|link|mkdir) echo EIO ENOSPC crash;;
	fork) echo EAGAIN crash;;
	socket) echo EMFILE crash;;
	# A quota may be found out as late as that. To end there is to end at the call behind it.
	close) echo EDQUOT;;
	*) echo EIO crash;;
	esac
}

# faults_ways NUMBER NAME: those of this run.
faults_ways()
{
	number=$1
	# shellcheck disable=SC2046 # words
	set -- $(faults_of "$2")
	if [ "${CRASH:-}" = sparse ]; then
		shift $((number % $#))
		set -- "$1"
	fi
	echo "$*"
}

# Is it an end of the process, rather than an error that it could answer?
is_end()
{
	case $1 in
	kill|crash|after) return 0;;
	esac
	return 1
}

# A run without a fault; its calls are in $T/calls.
faults_none()
{
	FAULT='no fault' FAIL_AT=0 FAIL_HOW='' FAIL_LASTING=0
	prepare
	attempt
}

# faults_one NUMBER HOW
faults_one()
{
	FAULT=$2
	faults_runs=$((faults_runs + 1))
	prepare
	FAIL_AT=$1
	FAIL_HOW=${2%+}
	FAIL_LASTING=0
	[ "$2" = "$FAIL_HOW" ] || FAIL_LASTING=1
	attempt
	check "$2"
}

# faults_walk TEXT: all of it, as one test.
faults_walk()
{
	faults_runs=0
	faults_violations=0
	faults_none
	check none
	# What fails by itself, as to make a directory that is there, says nothing new when it fails.
	awk '
		$2 == "failed" { delete line[$1]; next }
		{ line[$1] = $0 }
		END { for (n = 1; n <= NR; n++) if (n in line) print line[n] }' "$T/calls" >"$T/walk"
	calls=$(grep -c . "$T/walk")
	while read -r number name _ <&3; do
		for how in $(faults_ways "$number" "$name"); do
			faults_one "$number" "$how"
		done
	done 3<"$T/walk"
	if [ "$calls" -lt 5 ]; then
		t_fail "$1: only $calls calls were seen"
	elif [ "$faults_violations" -gt 0 ]; then
		t_fail "$1: $faults_violations of $faults_runs faults"
	else
		t_ok "$1: $calls calls, $faults_runs faults"
	fi
}

# A message that nobody has a reason to repair; longer than the buffers it passes through, with a mark in it.
faults_message()
{
	{
		printf 'From: sender@test.example\nTo: al@later.example\nSubject: %s\n' "$1"
		printf 'Date: Sat, 22 Nov 2025 03:30:00 +0000\nMessage-ID: <%s@test.example>\n' "$1"
		printf 'MIME-Version: 1.0\nContent-Type: text/plain\n\n'
		awk 'BEGIN { for (i = 1; i <= 600; i++) printf "line %d of the message, which is longer than a buffer\n", i }'
		echo "the end of $1"
	} >"$T/$1"
}

# is_whole FILE NAME: does it end with the message NAME, byte for byte?
is_whole()
{
	tail -c "$(wc -c <"$T/$2")" "$1" | cmp -s - "$T/$2"
}

# files_in DIR...: their number, in FILES; no processes, as it is asked often.
files_in()
{
	FILES=0
	for dir in "$@"; do
		for file in "$dir"/*; do
			[ ! -e "$file" ] || FILES=$((FILES + 1))
		done
	done
}

# For who accepts messages: $T/away.conf, where those for later.example go into the queue, and $T/here.conf, where they are
# local.
faults_places()
{
	t_conf delivery_mode=queue 'relayhost=[127.0.0.1]:9'
	cp "$LETTERBOX_CONF" "$T/away.conf"
	t_conf 'mydestination=test.example later.example' delivery_mode=queue
	cp "$LETTERBOX_CONF" "$T/here.conf"
}

# in_spool: how many messages are in the queue, in FILES.
in_spool()
{
	files_in "$SPOOL/new" "$SPOOL/deferred" "$SPOOL/hold" "$SPOOL/corrupt"
}

# whole_in USER NAME: how many are in his mailbox, in FILES; each is the message NAME, whole.
whole_in()
{
	for file in "$T/home/$1/Maildir/new"/*; do
		[ ! -e "$file" ] || is_whole "$file" "$2" || violated "a partial message for $1"
	done
	files_in "$T/home/$1/Maildir/new"
}

# deliver_here: what is in the queue is for mailboxes now, and is delivered.
deliver_here()
{
	LETTERBOX_CONF=$T/here.conf mta-relay --once --all >"$T/relay.out" 2>&1 || violated "mta-relay: $(cat "$T/relay.out")"
}

# durable FILE: by the log of calls, would FILE be there and whole if the power failed now? Its content must
# be synced behind the last write, its name by a sync of its directory behind the rename or link, and
# so the name of each directory on the way that was made in the run. Prints what is missing.
durable()
{
	awk -v file="$1" '
		function parent(path) {
			sub(/\/[^\/]*$/, "", path)
			return path
		}
		function is_on_the_way(path) {
			return path == file || index(file, path "/") == 1
		}
		# The directory was there before.
		$2 == "failed" { delete needs[made[$1]] }
		$2 == "open" || $2 == "write" || $2 == "ftruncate" { unsynced[$3] = 1 }
		$2 == "fsync" {
			delete unsynced[$3]
			for (name in needs)
				if (needs[name] == $3)
					delete needs[name]
		}
		$2 == "mkdir" && is_on_the_way($3) {
			needs[$3] = parent($3)
			made[$1] = $3
		}
		($2 == "rename" || $2 == "link") && $4 == file {
			if ($3 in unsynced)
				print "the content of " file " is not synced before it gets its name"
			needs[file] = parent(file)
		}
		END {
			for (name in needs)
				print "the name of " name " is not synced in " needs[name]
		}' "$T/calls"
}
