#!/bin/sh
# SPDX-License-Identifier: ISC
#
# TLS of the server: STARTTLS, TLS first, what is injected, who stalls, certificates that change, and when libssl is
# loaded.
. "${0%/*}/../../support/lib.sh"
t_init
python3 -c 'import ssl' 2>/dev/null || t_skip_all 'there is no Python with ssl'
C=$T/certs
"$TOP/tests/support/certs" "$C" || t_skip_all 'there is no openssl'
mkdir "$T/live"
cp "$C/mx.pem" "$T/live/cert.pem"
cp "$C/mx.key" "$T/live/key.pem"
with_tls="tls_cert_file=$T/live/cert.pem"
export CA_FILE="$C/ca.pem"

# talk SCRIPT [ARGUMENT...]: see smtptalk.py.
talk()
{
	t_run python3 "$TOP/tests/support/smtptalk.py" "$@"
	cat "$T/err" "$T/out"
}

start_smtpd()
{
	t_start_smtpd --foreground "$@" || t_done
}

# ---- STARTTLS
t_conf "$with_tls" "tls_key_file=$T/live/key.pem"
start_smtpd -o smtpd_timeout=30s
S=$(talk '
c = starttls(connect()); print("message", message(c, "al@test.example")); print("quit", say(c, "QUIT")[:3], c.line())
c = connect(); reply(c); print("ehlo", say(c, "EHLO c"))
c = starttls(connect()); print("mail", say(c, "MAIL FROM:<a@b.example>")); print("inside", say(c, "EHLO c")); print("twice", say(c, "STARTTLS"))
old = ssl.create_default_context(cafile=context_file); old.maximum_version = ssl.TLSVersion.TLSv1_2
c = starttls(connect(), context=old); print("older", c.sock.version(), say(c, "NOOP")[:3])
old.minimum_version = ssl.TLSVersion.TLSv1; old.maximum_version = ssl.TLSVersion.TLSv1_1; old.set_ciphers("ALL:@SECLEVEL=0")
try: print("oldest", starttls(connect(), context=old).sock.version())
except OSError as e: print("oldest", "refused")
web = ssl.create_default_context(cafile=context_file); web.set_alpn_protocols(["http/1.1"])
try: print("web", starttls(connect(), context=web).sock.selected_alpn_protocol())
except OSError as e: print("web", str(e).lower().replace("_", " "))
web.set_alpn_protocols(["http/1.1", "smtp"]); print("both", starttls(connect(), context=web).sock.selected_alpn_protocol())
')
t_like "$S" "^message \\['250', '250', '250', '354', '250'\\]\$" 'STARTTLS: a message'
t_like "$S" '^quit 221 end$' 'and QUIT'
t_like "$(t_newest al)" '^	by test\.example \(letterbox\) with ESMTPS$' 'Received says ESMTPS'
t_like "$(t_newest al)" '^	\(using TLSv1\.3 with cipher TLS_[A-Z0-9_]+ \((128|256) bits\)\)$' 'and the cipher'
t_like "$S" '^ehlo .*\|250-STARTTLS\|' 'EHLO offers it'
t_like "$S" '^mail 503 ' 'EHLO is forgotten'
t_unlike "$S" '^inside .*STARTTLS' 'inside it is not offered'
t_like "$S" '^twice 503 ' 'nor done twice'
t_like "$S" '^older TLSv1\.2 250$' 'TLS 1.2'
t_like "$S" '^oldest refused$' 'no TLS 1.1'
t_like "$S" '^web .*no application protocol' 'ALPN of another protocol is refused'
t_like "$S" '^both smtp$' 'ours is taken'

# What rides behind STARTTLS in one piece is neither answered in clear nor inside.
S=$(talk '
for injected in ("RSET", "MAIL FROM:<x@y.example>", "NOOP\r\nNOOP", "STARTTLS"):
    c = connect(); reply(c); say(c, "EHLO c")
    print(injected[:4], say(c, "STARTTLS\r\n" + injected)[:3], end=" ")
    secure(c); print(say(c, "EHLO c")[:4], say(c, "RCPT TO:<al>")[:9], say(c, "QUIT")[:3], c.line())
c = connect(); reply(c); say(c, "STARTTLS"); c.sock.sendall(b"RSET\r\nMAIL FROM:<x@y.example>\r\n")
b = c.sock.recv(100); print("clear", len(b) == 0 or b[0] == 21, c.sock.recv(100))
c = connect(); reply(c); say(c, "STARTTLS"); c.sock.close(); print("hangs up", reply(connect())[:3])
c = starttls(connect()); c.sock.sendall(b"EHL"); c.sock.close(); print("hangs up inside", reply(connect())[:3])
c = starttls(connect()); c.sock.unwrap(); print("goodbye")
c = starttls(connect())
c.sock.sendall(b"EHLO c\r\n" + b"NOOP\r\n" * 50); print("pipelined", [reply(c)[:3] for i in range(51)] == ["250"] * 51)
say(c, "MAIL FROM:<a@b.example>"); say(c, "RCPT TO:<bo@test.example>"); say(c, "DATA")
c.sock.sendall(b"Subject: big\r\n\r\n" + b"x" * 70 + (b"y" * 70 + b"\r\n") * 20000); print("big", say(c, "\r\n.")[:3])
s = None
for i in range(3):
    c = starttls(connect(), session=s); say(c, "EHLO c")
    # The process that served this one is busy with it: another one resumes.
    kept = c; print("resumed", i, c.sock.session_reused); s = c.sock.session
')
for injected in RSET MAIL NOOP STAR; do
	t_like "$S" "^$injected 220 250- 503 5\\.5\\.1 221 end\$" "injected: $injected"
done
# What comes a moment later is no handshake.
t_like "$S" "^clear True b''\$" 'clear text where a handshake should be'
t_like "$(cat "$T/smtpd.log")" 'TLS with 127\.0\.0\.1: the handshake failed: ' 'is logged'
t_like "$S" '^hangs up 220$' 'who closes in the handshake'
t_like "$S" '^hangs up inside 220$' 'and who closes inside'
t_like "$S" '^goodbye$' 'and who says goodbye'
t_like "$S" '^pipelined True$' 'pipelined commands'
t_like "$S" '^big 250$' 'a large message'
t_is "$(t_newest bo | grep -c '^[xy]*y$')" 20000 'is whole'
t_is "$(printf '%s\n' "$S" | grep '^resumed' | tr '\n' ' ')" 'resumed 0 False resumed 1 True resumed 2 True ' 'resumption, in other processes'

# ---- new certificates: by a changed file, and by SIGHUP
export SMTPD_PID
t_is "$(talk 'print(name(starttls(connect())))')" mx.example 'the certificate'
cp "$C/other.key" "$T/live/key.new" && cp "$C/other.pem" "$T/live/cert.new"
mv "$T/live/key.new" "$T/live/key.pem" && mv "$T/live/cert.new" "$T/live/cert.pem"
# shellcheck disable=SC2317 # called by t_wait
shows()
{
	# Those who are held make new processes necessary.
	[ "$(talk "held = [connect() for i in range(6)]; [reply(h) for h in held]; print(name(starttls(connect(), name='$1')))")" = "$1" ]
}
t_wait 10 shows other.example && t_ok 'a changed file is noticed' || t_fail 'a changed file is noticed'
echo broken >"$T/live/cert.pem"
shows other.example
shows other.example
t_wait 5 grep -q 'the certificates that are in use are kept: no certificate in' "$T/smtpd.log"
t_is "$(talk 'print(name(starttls(connect(), name="other.example")))')" other.example 'a broken file changes nothing'
t_is "$(grep -c 'are kept' "$T/smtpd.log")" 1 'and is logged once'
kill -HUP "$SMTPD_PID"
t_wait 5 grep -q 'not reloaded: no certificate in' "$T/smtpd.log"
t_is "$(talk 'print(name(starttls(connect(), name="other.example")))')" other.example 'nor does SIGHUP'
cp "$C/mx.pem" "$T/live/cert.pem" && cp "$C/mx.key" "$T/live/key.pem"
kill -HUP "$SMTPD_PID"
t_wait 10 shows mx.example && t_ok 'SIGHUP' || t_fail 'SIGHUP'
t_stop "$SMTPD_PID"
t_is "$STATUS" 0 'it ends when it is told to'

# ---- who does nothing
start_smtpd -o smtpd_timeout=1s
t_is "$(talk 'c = connect(); reply(c); say(c, "STARTTLS"); print(c.sock.recv(100)[:1] in (b"", b"\x15"))')" True 'a handshake that stalls'
t_like "$(cat "$T/smtpd.log")" 'TLS with 127\.0\.0\.1: the handshake took too long' 'is logged'
t_is "$(talk 'c = starttls(connect()); print(reply(c))')" '421 4.4.2 test.example Timeout, closing the connection' 'and silence after it'
t_stop "$SMTPD_PID"

# ---- demanded; client certificates
start_smtpd -o smtpd_tls_security_level=encrypt -o "smtpd_tls_CAfile=$C/ca.pem" -v
t_is "$(talk 'c = connect(); reply(c); print([say(c, x)[:9] for x in ("EHLO c", "MAIL FROM:<a@b.example>", "VRFY al", "NOOP", "RSET")])')" \
	"['250-test.', '530 5.7.0', '530 5.7.0', '250 2.0.0', '530 5.7.0']" 'encrypt: nothing without'
t_is "$(talk 'print(message(starttls(connect()), "al@test.example")[-1])')" 250 'everything with'
t_is "$(talk "context.load_cert_chain('$C/client.pem', '$C/client.key'); print(message(starttls(connect()), 'al@test.example')[-1])")" 250 \
	'a client with a certificate'
t_like "$(cat "$T/smtpd.log")" 'certificate of CN=al of test\.example' 'is known'
t_is "$(talk "context.load_cert_chain('$C/alone.pem', '$C/alone.key'); print(message(starttls(connect()), 'al@test.example')[-1])")" 250 \
	'one that nobody knows may speak, too'
t_is "$(grep -c 'certificate of' "$T/smtpd.log")" 1 'and is nobody'
t_stop "$SMTPD_PID"

# ---- TLS first
start_smtpd --listen-tls 127.0.0.1:0
tls_port=$(sed -n 's/^listening on 127.0.0.1:\([0-9]*\)$/\1/p' "$T/smtpd.log" | tail -n 1)
t_is "$(talk 'c = secure(connect(args[0])); print(reply(c)); print("STARTTLS" in say(c, "EHLO c")); print(reply(connect())[:3])' "$tls_port" | tr '\n' '/')" \
	'220 test.example ESMTP letterbox/False/220/' '--listen-tls, beside --listen'
t_is "$(talk 'c = connect(args[0]); c.sock.sendall(b"EHLO c\r\nMAIL FROM:<a@b.example>\r\n"); print(b"250" in c.sock.recv(100))' "$tls_port")" \
	False 'nothing is answered in clear'
t_stop "$SMTPD_PID"
start_smtpd --tls
t_is "$(talk 'c = secure(connect()); print(reply(c)[:3], message(c, "al@test.example")[-1])')" '220 250' '--tls'
t_stop "$SMTPD_PID"
cat >"$T/activate.py" <<'END'
import os, socket, sys
s = socket.socket()
s.bind(('127.0.0.1', 0))
s.listen(5)
print('listening on 127.0.0.1:%d' % s.getsockname()[1], flush=True)
os.dup2(s.fileno(), 3) if s.fileno() != 3 else os.set_inheritable(3, True)
os.environ['LISTEN_FDS'] = '1'
os.environ['LISTEN_PID'] = str(os.getpid())
os.execvp('smtpd', ['smtpd', '--tls'])
END
t_start activated python3 "$T/activate.py"
t_port activated
export SMTP_PORT="$PORT"
t_is "$(talk 'c = secure(connect()); print(reply(c)[:3], message(c, "al@test.example")[-1])')" '220 250' 'LISTEN_FDS and --tls'
# shellcheck disable=SC2154 # lib.sh sets it
t_stop "$t_pid"

# systemd's socket at a port that is for TLS alone.
cat >"$T/wrapped.py" <<'END'
import os, signal, socket, ssl, subprocess, sys
def listen(port, fd):
    s = socket.create_server(('127.0.0.1', port))
    os.dup2(s.fileno(), fd)
    s.detach()
def child():
    listen(465, 13); listen(587, 14)
    os.dup2(13, 3); os.dup2(14, 4)
    os.environ.update(LISTEN_FDS='2', LISTEN_PID=str(os.getpid()))
p = subprocess.Popen(['smtpd', '--submission'], preexec_fn=child, close_fds=False)
easy = ssl._create_unverified_context()
wrapped = easy.wrap_socket(socket.create_connection(('127.0.0.1', 465)))
print(wrapped.recv(3).decode(), socket.create_connection(('127.0.0.1', 587)).recv(3).decode())
p.send_signal(signal.SIGTERM)
p.wait()
END
if unshare -rn ip link set lo up 2>/dev/null; then
	t_is "$(unshare -rn sh -c 'ip link set lo up && python3 "$0"' "$T/wrapped.py" 2>"$T/err")" '220 220' 'LISTEN_FDS: TLS comes first at port 465, and not at 587'
fi

# ---- inetd: nothing is loaded before it is needed
cat >"$T/inetd.py" <<'END'
# A server that starts smtpd for each connection, and says which libraries it has before the first command and after.
import os, socket, subprocess, sys
s = socket.socket()
s.bind(('127.0.0.1', 0))
s.listen(5)
print('listening on 127.0.0.1:%d' % s.getsockname()[1], flush=True)
while True:
    c, _ = s.accept()
    p = subprocess.Popen(['smtpd'] + sys.argv[1:], stdin=c, stdout=c, stderr=open(os.environ['T'] + '/inetd.err', 'a'))
    print('pid', p.pid, flush=True)
    c.close()
END
libraries='def libs():
    pid = open(os.environ["T"] + "/inetd.log").read().split()[-1]
    maps = open("/proc/%s/maps" % pid).read()
    return sorted({os.path.basename(l.split()[-1]).split(".")[0] for l in maps.splitlines() if ".so" in l and "asan" not in l and "ubsan" not in l})'
t_start inetd python3 "$T/inetd.py" -v
inetd_pid=$t_pid
t_port inetd
export SMTP_PORT="$PORT"
t_is "$(talk "$libraries"'
c = connect(); reply(c); say(c, "EHLO c"); before = [x for x in libs() if x in ("libssl", "libcrypto", "libcurl", "tls")]
c2 = c; assert say(c, "STARTTLS")[:3] == "220"; secure(c)
print(before, "libssl" in libs(), message(c, "al@test.example")[-1])')" '[] True 250' 'inetd: libssl is loaded by STARTTLS'
t_stop "$inetd_pid"

# Without the files there is mail all the same; with those of others, too.
t_conf tls_cert_file=/nonexistent/cert.pem
printf 'EHLO c\r\nSTARTTLS\r\nQUIT\r\n' | smtpd >"$T/out" 2>"$T/err"
t_unlike "$(cat "$T/out")" STARTTLS 'no certificate: STARTTLS is not offered'
t_like "$(cat "$T/out")" '^502 ' 'nor understood'
t_like "$(cat "$T/err")" 'there is no TLS: cannot open /nonexistent/cert.pem' 'the log says why'
t_expect_exit 75 smtpd --listen 127.0.0.1:0
t_like "$(cat "$T/err")" 'cannot open /nonexistent/cert.pem' 'a server that stays does not start so'
t_conf "tls_cert_file=$C/mx.pem" "tls_key_file=$C/other.key"
t_run smtpd --listen 127.0.0.1:0
t_is "$((STATUS != 0))" 1 'a wrong key'
t_like "$(cat "$T/err")" "no key without a password for this certificate in $C/other\.key: " 'is named'
t_conf
t_run smtpd --tls
t_like "$(cat "$T/err")" '\-\-tls needs tls_cert_file' '--tls without certificates'
t_run smtpd -o smtpd_tls_security_level=encrypt
t_like "$(cat "$T/err")" 'smtpd_tls_security_level = encrypt needs tls_cert_file' 'encrypt without certificates'

# As root: the key is read before the rights are given up.
if [ "$(id -u)" -eq 0 ]; then
	rm -rf "$SPOOL" "$T"/home/*/Maildir
	cp "$C/mx.pem" "$T/live/cert.pem" && cp "$C/mx.key" "$T/live/key.pem"
	chmod 600 "$T/live/key.pem"
	t_conf mail_owner=nobody "$with_tls" "tls_key_file=$T/live/key.pem"
	start_smtpd
	t_is "$(talk 'print(message(starttls(connect()), "dora@far.example")[:3])')" "['250', '250', '250']" 'mail_owner cannot read the key, smtpd has'
	cp "$C/other.pem" "$T/live/cert.pem" && cp "$C/other.key" "$T/live/key.pem"
	t_wait 10 shows other.example && t_ok 'and the new one' || t_fail 'and the new one'
	t_stop "$SMTPD_PID"
	cp "$C/mx.pem" "$T/live/cert.pem" && cp "$C/mx.key" "$T/live/key.pem"
	t_start inetd2 python3 "$T/inetd.py"
	t_port inetd2
	export SMTP_PORT="$PORT"
	t_is "$(talk 'print(message(starttls(connect()), "dora@far.example")[:3])')" "['250', '250', '250']" 'inetd: the same'
	t_stop "$t_pid"
else
	t_skip 'this is not root'
fi
t_done
