#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Clients that mean no good: large messages that are broken off, again and again; names in TLS that no host has.
. "${0%/*}/../../support/lib.sh"
t_init
C=$T/certs
"$TOP/tests/support/certs" "$C" || t_skip_all 'there is no openssl'
t_conf delivery_mode=queue "tls_cert_file=$C/mx.pem" "tls_key_file=$C/mx.key" smtpd_client_connection_count_limit=20
t_start_smtpd --foreground || t_done

# 9.9 MB each, 60 times, by ten at a time: into the queue and straight into a mailbox.
python3 - "$SMTP_PORT" >"$T/aborts" 2>&1 <<'END'
import socket, struct, sys, threading
port = int(sys.argv[1])
piece = (b"x" * 98 + b"\r\n") * 990
done = []

def abort(i):
    s = socket.create_connection(("127.0.0.1", port), 60)
    f = s.makefile("rb")
    f.readline()
    s.sendall(b"HELO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<%s>\r\nDATA\r\n" % (b"al@test.example" if i % 2 else b"a@far.example"))
    for _ in range(4):
        line = f.readline()
    assert line.startswith(b"354"), line
    for _ in range(100):
        s.sendall(piece)
    # Some with a reset, some with a normal end.
    if i % 3:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()
    done.append(i)

def several(n):
    for i in range(6):
        abort(6 * n + i)

threads = [threading.Thread(target=several, args=(n,)) for n in range(10)]
for t in threads: t.start()
for t in threads: t.join()
print(len(done))
END
t_is "$(tail -n 1 "$T/aborts")" 60 'large messages that are broken off'
# shellcheck disable=SC2317 # called by t_wait
left_behind()
{
	[ -z "$(find "$SPOOL" "$T/home" -type f -size +1000k)" ]
}
t_wait 20 left_behind
t_is "$(find "$SPOOL" "$T/home" -type f -size +1000k | wc -l)" 0 'leave nothing behind'
t_is "$(t_queue_count) $(t_mail_count al)" '0 0' 'and nothing of them is delivered'
t_is "$(printf 'EHLO c\r\nQUIT\r\n' | timeout 10 sh -c "exec 3<>/dev/null; openssl s_client -quiet -starttls smtp -connect 127.0.0.1:$SMTP_PORT 2>/dev/null" |
	grep -c '^221')" 1 'the server serves on'

# CVE-2019-15846, and what else may stand in a server name.
for name in 'mx.example\' '\' '..' 'mx.example%s%n' "$(printf '%0250d' 0)" "mx.example'; x" '${run{id}}'; do
	printf 'QUIT\r\n' | timeout 10 openssl s_client -quiet -starttls smtp -servername "$name" \
		-connect "127.0.0.1:$SMTP_PORT" >"$T/out" 2>"$T/err"
	t_run sh -c "printf 'QUIT\r\n' | timeout 10 openssl s_client -quiet -starttls smtp -connect 127.0.0.1:$SMTP_PORT"
	t_like "$(cat "$T/out")" '^221' "after the server name $(printf '%.30s' "$name") others are served"
done
t_unlike "$(cat "$T/smtpd.log")" 'signal|crash|Sanitizer' 'no process has died of it'

# The same over and over is a matter of the rate: who breaks off his message has begun a connection for it.
t_start_smtpd -o smtpd_client_connection_rate_limit=5 -o mynetworks=192.0.2.0/24 || t_done
t_is "$(python3 - "$SMTP_PORT" <<'END'
import socket, sys
said = []
for i in range(8):
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
    f = s.makefile("rb")
    said.append(f.readline()[:9].decode())
    if said[-1].startswith("220"):
        s.sendall(b"HELO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<al@test.example>\r\nDATA\r\nx\r\n")
        [f.readline() for _ in range(4)]
    s.close()
print(len(set(said)), said.count("421 4.7.0") >= 3, said[-1])
END
)" '2 True 421 4.7.0' 'a client that begins too many connections in a minute is refused'
t_is "$(t_mail_count al)" 0 'and has left nothing'
t_done
