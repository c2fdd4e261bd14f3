#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The server around the sessions: sockets, limits, signals, rights.
. "${0%/*}/../../support/lib.sh"
t_init
python3 -c 'import ssl' 2>/dev/null || t_skip_all 'there is no Python with ssl'

# talk SCRIPT [ARGUMENT...]: see smtptalk.py.
talk()
{
	t_run python3 "$TOP/tests/support/smtptalk.py" "$@"
	cat "$T/err" "$T/out"
}

start_smtpd()
{
	t_start_smtpd "$@" || t_done
}

# What is wrong is said before anything is served.
t_conf
t_expect_exit 64 smtpd --listen 127.0.0.1:99999
t_expect_exit 64 smtpd --listen nonsense
t_like "$(cat "$T/err")" '"nonsense" is not ADDRESS:PORT' 'a bad address is named'
t_expect_exit 64 smtpd --listen 127.0.0.1:0 operand
t_expect_exit 64 smtpd --no-such-option
t_expect_exit 64 smtpd -o mynetworks=127.0.0.1/8 --listen 127.0.0.1:0
t_like "$(cat "$T/err")" 'did you mean 127\.0\.0\.0/8' 'a bad network is named'

# Several sockets, one of them left by a server that was killed.
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$T/lmtp.sock"
start_smtpd --listen "$T/lmtp.sock" --listen localhost:0 --submit
t_wait 20 t_listens "$T/smtpd.log" 4
t_like "$(cat "$T/smtpd.log")" "^listening on unix:$T/lmtp.sock\$" 'a stale socket is replaced'
t_like "$(cat "$T/smtpd.log")" "^listening on unix:$SPOOL/submit.sock\$" '--submit is in the spool'
t_is "$(talk 'print(reply(connect(args[0])))' "$T/lmtp.sock")" '220 test.example ESMTP letterbox' 'it answers there'
t_is "$(talk 'print(message(connect(args[0]), "dora@far.example"))' "$SPOOL/submit.sock" | tail -n 1)" \
	"['220', '250', '250', '250', '354']" 'submission: a session'
t_expect_exit 64 smtpd --listen "$T/lmtp.sock"
t_like "$(cat "$T/err")" 'another process does' 'a socket in use is not taken'
t_stop "$SMTPD_PID"
t_is "$STATUS" 0 'SIGTERM: exit 0'
t_is "$(ls "$T/lmtp.sock" "$SPOOL/submit.sock" 2>/dev/null)" '' 'its UNIX sockets are removed'

# Limits of connections.
start_smtpd -o default_process_limit=3 -o smtpd_client_connection_count_limit=2 -o mynetworks=192.0.2.0/24
t_is "$(talk 'c = [connect() for i in range(3)]; print(sorted(reply(x)[:9] for x in c))')" \
	"['220 test.', '220 test.', '421 4.7.0']" 'one connection too many of a client'
t_stop "$SMTPD_PID"
start_smtpd -o default_process_limit=3 -o smtpd_client_connection_count_limit=2
t_is "$(talk 'c = [connect() for i in range(3)]; print(sorted(reply(x)[:9] for x in c))')" \
	"['220 test.', '220 test.', '220 test.']" 'but not of one in mynetworks'
t_stop "$SMTPD_PID"
start_smtpd -o default_process_limit=2
t_is "$(talk 'c = [connect() for i in range(3)]; print([reply(x)[:9] for x in c])')" \
	"['220 test.', '220 test.', '421 4.3.2']" 'one connection too many in all'
t_stop "$SMTPD_PID"

# SIGHUP: what is right is taken over, what is wrong is not.
start_smtpd --foreground
export SMTPD_PID
echo 'smtpd_banner = new banner' >>"$T/letterbox.conf"
t_is "$(talk 'c = connect(); print(reply(c)); hup("read again")
print(message(c, "al")[-1]); print(reply(connect()))' | tr '\n' '/')" \
	'220 test.example ESMTP letterbox/250/220 new banner/' 'SIGHUP: sessions go on, new ones see the new banner'
echo 'smtpd_banner_ = x' >>"$T/letterbox.conf"
t_is "$(talk 'hup("not reloaded"); print(reply(connect()))')" \
	'220 new banner' 'SIGHUP: an error changes nothing'
t_like "$(cat "$T/smtpd.log")" 'not reloaded: .*smtpd_banner_' 'and is logged'

# SIGTERM within a message: it may be finished; the port is free.
t_is "$(talk 'c = connect(); d = connect(); reply(c); reply(d)
for x in ("EHLO c", "MAIL FROM:<a@b.example>", "RCPT TO:<bo@test.example>", "DATA"): say(c, x)
os.kill(int(os.environ["SMTPD_PID"]), signal.SIGTERM)
print(reply(d)[:9])
listen_again()
print(say(c, "late\r\n.")[:9]); print(reply(c)[:9])' | tr '\n' '/')" '421 4.3.2/250 2.0.0/421 4.3.2/' 'SIGTERM: who has begun may finish'
t_like "$(t_newest bo)" '^late' 'and the message is there'
t_stop "$SMTPD_PID"
t_is "$STATUS" 0 'and then it ends'
t_conf

# Killed: whoever served on is gone too.
start_smtpd
t_is "$(talk 'c = connect(); reply(c); os.kill(int(os.environ["SMTPD_PID"]), signal.SIGKILL); print(reply(c)[:9])')" \
	'421 4.3.2' 'kill -9 of the parent ends the others'
t_stop "$SMTPD_PID"

# systemd: listening sockets from descriptor 3 on.
cat >"$T/activate.py" <<'END'
import os, socket, sys
s = socket.socket()
s.bind(('127.0.0.1', 0))
s.listen(5)
print('listening on 127.0.0.1:%d' % s.getsockname()[1], flush=True)
if s.fileno() == 3:
    os.set_inheritable(3, True)
else:
    os.dup2(s.fileno(), 3)
os.environ['LISTEN_FDS'] = '1'
os.environ['LISTEN_PID'] = str(os.getpid())
os.execvp('smtpd', ['smtpd'])
END
t_start activated python3 "$T/activate.py"
t_port activated
export SMTP_PORT="$PORT"
t_is "$(talk 'c = connect(); print(message(c, "al")); print(reply(c)[:3])' | tail -n 1)" 250 'LISTEN_FDS: a session'
# shellcheck disable=SC2154 # lib.sh sets it
t_stop "$t_pid"
t_is "$STATUS" 0 'LISTEN_FDS: SIGTERM'

# As root: what speaks with clients is the owner of the spool.
if [ "$(id -u)" -eq 0 ]; then
	t_conf mail_owner=nobody
	rm -rf "$SPOOL" "$T"/home/*/Maildir
	start_smtpd --submit
	owners()
	{
		for pid in $(cat "/proc/$SMTPD_PID/task/$SMTPD_PID/children"); do
			stat -c %U "/proc/$pid"
		done | sort -u
	}
	# One that was just forked has still to become that.
	are_nobody() { [ "$(owners)" = nobody ]; }
	t_wait 20 are_nobody
	t_is "$(owners)" nobody 'the processes are the spool owner'
	t_is "$(talk 'c = connect(); reply(c); print(message(c, "dora@far.example"))' | tail -n 1 | cut -c 1-7)" "['250'," 'they take mail'
	t_is "$(find "$SPOOL/new" -type f -user nobody | wc -l)" 1 'into the spool'
	t_is "$(find "$T/home" -name new)" '' 'and into nobody'"'"'s mailbox'
	t_stop "$SMTPD_PID"
else
	t_skip 'this is not root'
fi
t_done
