# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# lib.sh - what the scripts in tests/applets share. POSIX sh.
#
#	. "${0%/*}/../../support/lib.sh"
#	t_init
#	t_conf relayhost=[127.0.0.1]:$port
#	t_run sendmail -i al <"$T/message"
#	t_is "$STATUS" 0 'a message to a local user is accepted'
#	t_done
#
# Output is TAP: "ok 1 - text", "not ok 2 - text", the plan at the end. The exit status is 1 if
# something failed, 77 if everything was skipped. Nothing is left behind: the directory $T is
# removed and every process started with t_start is ended, whatever happens.
#
# Set by the caller, or guessed: LETTERBOX (the binary), LETTERBOX_BIN (a directory with a link
# for each applet, first in PATH), B (the build directory, from which both follow).
# KEEP=1 keeps $T and says where it is.
#
# Variables that tests read:
#	T          the temporary directory, absolute
#	TOP        the source tree
#	STATUS     exit status of the last t_run; its output is in $T/out and $T/err
#	SMTP_PORT  where the last t_start_smtpd listens
#	SPOOL      the queue directory
# Users of the configuration that t_conf writes: al bo carla (Maildirs are $T/home/NAME/Maildir).

t_count=0
t_failures=0
t_pids=

t_init()
{
	TOP=$(cd "$(dirname "$0")" && until [ -e VERSION ] || [ "$PWD" = / ]; do cd ..; done && pwd)
	LETTERBOX=${LETTERBOX:-${B:-$TOP/build}/letterbox}
	case $LETTERBOX in
	/*) ;;
	*) LETTERBOX=$PWD/$LETTERBOX;;
	esac
	LETTERBOX_BIN=${LETTERBOX_BIN:-${LETTERBOX%/*}/bin}
	if [ ! -x "$LETTERBOX" ]; then
		echo "Bail out! there is no $LETTERBOX; run make first"
		exit 1
	fi
	T=$(mktemp -d "${TMPDIR:-/tmp}/letterbox-test.XXXXXX") || exit 1
	T=$(cd "$T" && pwd -P)
	trap t_clean EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 141' PIPE
	trap 'exit 143' TERM
	# A server that gave up its rights has to get at what is in it.
	chmod 711 "$T"
	umask 022
	SPOOL=$T/spool
	PATH=$LETTERBOX_BIN:$PATH
	HOME=$T/home/me
	XDG_STATE_HOME=$T/state
	TZ=UTC0
	LC_ALL=C
	mkdir -p "$HOME"
	unset LETTERBOX_SPOOL LISTEN_FDS LISTEN_PID MAILCONF EMAIL NAME MAIL
	export TOP LETTERBOX LETTERBOX_BIN T SPOOL PATH HOME XDG_STATE_HOME TZ LC_ALL
}

t_clean()
{
	t_exit=$?
	trap - EXIT
	for t_pid in $t_pids; do
		kill "$t_pid" 2>/dev/null
	done
	# A server that does not end by itself within five seconds is ended.
	t_left=50
	for t_pid in $t_pids; do
		while kill -0 "$t_pid" 2>/dev/null && [ "$t_left" -gt 0 ]; do
			sleep 0.1
			t_left=$((t_left - 1))
		done
		kill -9 "$t_pid" 2>/dev/null
		wait "$t_pid" 2>/dev/null
	done
	if [ -n "${KEEP:-}" ]; then
		echo "# kept: $T"
	else
		chmod -R u+rwX "$T" 2>/dev/null
		# A delivery that sendmail started may still be at work in it.
		for t_pause in 0.1 0.5 2 0; do
			rm -rf "$T" 2>/dev/null && break
			sleep "$t_pause"
		done
	fi
	exit "$t_exit"
}

# Results. The description is the last parameter; it says what should be so.

t_ok()
{
	t_count=$((t_count + 1))
	echo "ok $t_count - $*"
}

t_fail()
{
	t_count=$((t_count + 1))
	t_failures=$((t_failures + 1))
	echo "not ok $t_count - $*"
}

# Lines of comment, for whoever reads a failure: t_note TEXT, or on standard input.
t_note()
{
	if [ $# -gt 0 ]; then printf '%s\n' "$*"; else cat; fi | head -n 60 | cat -v | sed 's/^/#   /'
}

# t_is GOT WANT TEXT
t_is()
{
	if [ "$1" = "$2" ]; then
		t_ok "$3"
	else
		t_fail "$3"
		t_note "got:  $1"
		t_note "want: $2"
	fi
}

# t_like GOT ERE TEXT: some line matches the extended regular expression.
t_like()
{
	if printf '%s\n' "$1" | grep -Eq -e "$2"; then
		t_ok "$3"
	else
		t_fail "$3"
		t_note "got:  $1"
		t_note "want: $2"
	fi
}

# t_unlike GOT ERE TEXT: no line does.
t_unlike()
{
	if printf '%s\n' "$1" | grep -Eq -e "$2"; then
		t_fail "$3"
		t_note "got:      $1"
		t_note "unwanted: $2"
	else
		t_ok "$3"
	fi
}

# t_same FILE FILE TEXT: byte for byte.
t_same()
{
	if cmp -s "$1" "$2"; then
		t_ok "$3"
	else
		t_fail "$3"
		cmp "$1" "$2" 2>&1 | t_note
		diff -u "$2" "$1" 2>&1 | t_note
	fi
}

# One test that cannot be done here.
t_skip()
{
	t_count=$((t_count + 1))
	echo "ok $t_count # SKIP $*"
}

# t_has PROGRAM: is it there? Else that is one test that cannot be done.
t_has()
{
	command -v "$1" >/dev/null && return 0
	t_skip "there is no $1"
	return 1
}

# The whole script cannot.
t_skip_all()
{
	echo "1..0 # SKIP $*"
	exit 77
}

t_done()
{
	echo "1..$t_count"
	[ "$t_failures" -eq 0 ] && [ "$t_count" -gt 0 ]
	exit $?
}

# Commands.

# t_run COMMAND...: its status in STATUS, its output in $T/out and $T/err.
t_run()
{
	"$@" >"$T/out" 2>"$T/err"
	STATUS=$?
}

# t_expect_exit STATUS COMMAND...: run it, and that is a test.
t_expect_exit()
{
	t_want=$1
	shift
	t_run "$@"
	t_text=$(printf '%s ' "$@" | tr '\n\r\t' '???')
	if [ "$STATUS" -eq "$t_want" ]; then
		t_ok "exit $t_want: $t_text"
	else
		t_fail "exit $t_want: $t_text"
		t_note "exit $STATUS"
		t_note <"$T/err"
	fi
}

# t_nobody COMMAND...: as a user without rights, when the tests run as root; else as who we are.
t_nobody()
{
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
	else
		"$@"
	fi
}

# t_wait SECONDS COMMAND...: until it succeeds; 1 if it never does. What is to be looked at anew belongs into the command,
# or a function: "test $(...)" would look once.
t_wait()
{
	t_left=$(($1 * 20))
	shift
	until "$@" >/dev/null 2>&1; do
		t_left=$((t_left - 1))
		[ "$t_left" -gt 0 ] || return 1
		sleep 0.05
	done
}

# t_talk PROGRAM ARGUMENT...: a dialogue in Python, with what support/dialogue.py has; its lines are results, or notes.
t_talk()
{
	PYTHONPATH=$TOP/tests/support python3 -B "$@" >"$T/talked" 2>&1 || t_fail 'the dialogue goes to its end'
	while IFS= read -r t_line; do
		case $t_line in
		'ok - '*) t_ok "${t_line#ok - }";;
		'not ok - '*) t_fail "${t_line#not ok - }";;
		*) t_note "$t_line";;
		esac
	done <"$T/talked"
}

# Servers.

# t_start NAME COMMAND...: in the background, with its output in $T/NAME.log; its pid is $t_pid.
t_start()
{
	t_name=$1
	shift
	# Nobody is to read what one of that name has said before.
	: >"$T/$t_name.log"
	"$@" </dev/null >"$T/$t_name.log" 2>&1 &
	t_pid=$!
	t_pids="$t_pids $t_pid"
}

# t_stop PID: TERM, and wait for it; its exit status in STATUS.
t_stop()
{
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	STATUS=$?
	t_pids=$(for t_other in $t_pids; do [ "$t_other" = "$1" ] || printf '%s ' "$t_other"; done)
}

# t_listens FILE N: N "listening on" lines are in it.
t_listens()
{
	[ "$(grep -c 'listening on' "$1")" -ge "$2" ]
}

# t_port NAME [N]: the port in the first, or N-th, "listening on" line of $T/NAME.log; waits for it. The port is in PORT.
t_port()
{
	if ! t_wait 10 t_listens "$T/$1.log" "${2:-1}"; then
		t_fail "$1 listens"
		t_note <"$T/$1.log"
		return 1
	fi
	PORT=$(sed -n 's/.*listening on .*[]:.]\([0-9][0-9]*\).*/\1/p' "$T/$1.log" | sed -n "${2:-1}p")
}

# t_start_smtpd [OPTION...]: on a port that the kernel chooses; SMTP_PORT and SMTPD_PID. `--lmtp` works too.
t_start_smtpd()
{
	t_start smtpd smtpd --listen 127.0.0.1:0 "$@"
	t_port smtpd || return 1
	SMTP_PORT=$PORT
	SMTPD_PID=$t_pid
	export SMTP_PORT SMTPD_PID
}

# t_start_relay [OPTION...]: mta-relay --daemon in the background, its log in $T/relay.log; RELAY_PID.
t_start_relay()
{
	t_start relay mta-relay --daemon --foreground "$@"
	RELAY_PID=$t_pid
	export RELAY_PID
}

# A port where nobody listens, and that the kernel gives to nobody.
t_unused_port()
{
	"${LETTERBOX%/*}/tests/bench/sink" --unused
}

# Configuration.

# t_user NAME [FIELD...]: one more user with a mailbox; fields as in the users file, behind the name.
t_user()
{
	mkdir -p "$T/home/$1"
	printf '%s:%s\n' "$1" "${2:-{PLAIN\}secret::::$T/home/$1::}" >>"$T/users"
}

# t_conf [NAME=VALUE...]: write letterbox.conf anew and let LETTERBOX_CONF name it.
t_conf()
{
	if [ ! -e "$T/users" ]; then
		t_user al
		t_user bo
		t_user carla
	fi
	[ -e "$T/aliases" ] || : >"$T/aliases"
	: >"$T/letterbox.conf"
	for t_set in myhostname=test.example mydomain=example 'mydestination=test.example localhost' \
		myorigin=test.example "users_file=$T/users" "mail_location=maildir:$T/home/%n/Maildir" \
		"queue_directory=$SPOOL" "alias_maps=$T/aliases" "mail_owner=$(id -un)"; do
		t_given=
		for t_other in "$@"; do
			[ "${t_other%%=*}" != "${t_set%%=*}" ] || t_given=1
		done
		[ -n "$t_given" ] || printf '%s = %s\n' "${t_set%%=*}" "${t_set#*=}" >>"$T/letterbox.conf"
	done
	for t_set in "$@"; do
		printf '%s = %s\n' "${t_set%%=*}" "${t_set#*=}" >>"$T/letterbox.conf"
	done
	LETTERBOX_CONF=$T/letterbox.conf
	export LETTERBOX_CONF
}

# t_relay: deliver what is due. Its log is in $T/relay.out.
t_relay()
{
	mta-relay --once "$@" >"$T/relay.out" 2>&1
}

# Mailboxes and queue.

# t_mail USER: the files in the user's Maildir, oldest first, one a line. Not what is in tmp/.
t_mail()
{
	for t_box in new cur; do
		find "$T/home/$1/Maildir/$t_box" -type f 2>/dev/null
	done | sort
}

# t_mail_count USER
t_mail_count()
{
	t_mail "$1" | grep -c .
}

# t_newest USER: print the last message that arrived.
t_newest()
{
	t_file=$(t_mail "$1" | tail -n 1)
	[ -n "$t_file" ] && cat "$t_file"
}

# t_mail_is USER N: so many have arrived, or more; for t_wait.
t_mail_is()
{
	[ "$(t_mail_count "$1")" -ge "$2" ]
}

# Messages in the queue that are accepted.
t_queue_count()
{
	find "$SPOOL/new" "$SPOOL/deferred" "$SPOOL/hold" -type f 2>/dev/null | grep -c .
}

# No message is in the queue; for t_wait.
t_queue_is_empty()
{
	[ "$(t_queue_count)" -eq 0 ]
}
