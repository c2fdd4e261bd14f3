#!/bin/sh
# SPDX-License-Identifier: ISC
#
# http - joining and leaving with a browser, and by the one click of RFC 8058, through Python's http.client: over a
# listener, TLS, inetd, and behind a proxy that speaks the PROXY protocol.
. "${0%/*}/../../support/lib.sh"
t_init
C=$T/certs
"$TOP/tests/support/certs" "$C" || t_skip_all 'there is no openssl'
t_conf myorigin=example.org mydestination=example.org list_http_url=https://lists.example.org/ \
	"tls_cert_file=$C/mx.pem" "tls_key_file=$C/mx.key"

L=$SPOOL/lists/friends
t_expect_exit 0 listmgr create --owner boss@example.net friends archive_access=public
python3 "$TOP/tests/support/archive_mail.py" 12 "$L/archive"
[ "$(id -u)" -ne 0 ] || chown -R --reference="$SPOOL" "$L"
t_run listmgr archive friends

cat >"$T/ask.py" <<'P'
# ask.py PORT METHOD PATH [FORM [TYPE]]: status, and the page
import http.client, sys
port, method, path = sys.argv[1:4]
c = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
body = sys.argv[4] if len(sys.argv) > 4 else None
kind = sys.argv[5] if len(sys.argv) > 5 else "application/x-www-form-urlencoded"
for _ in range(2 if method == "HEAD" else 1):	# the connection stays
    c.request(method, path, body, {"Content-Type": kind} if body is not None else {})
    r = c.getresponse()
    page = r.read()
print(r.status)
sys.stdout.buffer.write(page)
P
ask() { python3 "$T/ask.py" "$PORT" "$@" >"$T/page" 2>&1; head -n 1 "$T/page"; }
members() { listmgr members --addresses friends; }
# The link in the newest message of the queue, as a path.
link() { grep -rho 'https://lists.example.org/[^ >]*' "$SPOOL/new" "$SPOOL/hold" 2>/dev/null | tail -n 1 | sed 's,https://[^/]*,,'; }

t_start http listmgr http --listen 127.0.0.1:0 --listen-tls 127.0.0.1:0 --foreground
t_port http
tls_port=$(sed -n 's/.*listening on .*:\([0-9][0-9]*\).*/\1/p' "$T/http.log" | sed -n 2p)
t_is "$(ask HEAD /friends/)" 200 'HEAD, twice on a connection'
t_is "$(ask GET /friends/archive/)" 200 'the archive'
t_like "$(cat "$T/page")" 'Latest threads' 'and that it is'
t_is "$(ask GET /friends/archive/.pages) $(ask GET /friends/archive/..%2fkey) $(ask GET /friends/key)" '404 404 404' \
	'nothing else of the list'

t_is "$(ask POST /friends/subscribe email=al%40example.net)" 200 'a form to join'
cp "$T/page" "$T/answer"
t_is "$(members)" '' 'changes nothing'
t_like "$(link)" '^/friends/confirm-[0-9a-z]' 'a question goes to the address'
join=$(link)
t_is "$(ask GET "$join")" 200 'the link asks'
t_like "$(cat "$T/page")" '<form method="post">' 'by a form'
t_is "$(members)" '' 'and changes nothing either'
t_is "$(ask POST "$join" List-Unsubscribe=One-Click)" 200 'its button does it'
t_is "$(members)" al@example.net 'who confirmed is a member'
rm -f "$SPOOL"/new/*
t_is "$(ask POST /friends/leave email=bo%40example.net)" 200 'who is no member can ask to leave'
t_is "$(cmp "$T/page" "$T/answer" && find "$SPOOL/new" -type f)" '' 'and learns nothing, and gets nothing'
t_is "$(ask POST /friends/leave email=al%40example.net)" 200 'who is one'
t_is "$(cmp "$T/page" "$T/answer" && find "$SPOOL/new" -type f | wc -l)" 1 'reads the same, and gets a question'
leave=$(link)
forged=$(echo "$leave" | sed 's,confirm-.....,confirm-00000,')
t_is "$(ask GET "$forged") $(ask POST "$forged" List-Unsubscribe=One-Click)" '404 404' 'a forged link is none'
t_is "$(ask POST "$leave" x=y)" 422 'a POST that does not say so does nothing'
t_is "$(ask POST "$leave" "$(printf -- '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n')" \
	'multipart/form-data; boundary=b')" 200 'a multipart form does'
t_is "$(members)" '' 'who left is no member'
t_like "$(cat "$T"/http.*)" 'al@example.net' 'the log says who'
t_is "$(cat "$T"/http.* | grep -c "${leave##*/}")" 0 'but not the link that is a right'

python3 - "$tls_port" "$C/ca.pem" >"$T/out" <<'P'
import http.client, socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
class Connection(http.client.HTTPSConnection):
    def connect(self):
        self.sock = context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), 20), server_hostname="mx.example")
c = Connection("127.0.0.1", int(sys.argv[1]))
for path in "/friends/", "/friends/archive/style.css":
    c.request("GET", path)
    r = c.getresponse()
    print(r.status, len(r.read()) > 500)
P
t_is "$(cat "$T/out")" '200 True
200 True' 'over TLS from the beginning, twice on a connection'
if command -v curl >/dev/null; then
	# As mail providers do it.
	t_is "$(curl -s -o /dev/null -w '%{http_code}' -d List-Unsubscribe=One-Click "http://127.0.0.1:$PORT$leave") $(curl -s \
		-o /dev/null -w '%{http_code}' -F List-Unsubscribe=One-Click "http://127.0.0.1:$PORT$leave")" '200 200' 'curl, twice'
	t_is "$(curl -s -o /dev/null -w '%{http_code}' -H 'Transfer-Encoding: chunked' -d List-Unsubscribe=One-Click \
		"http://127.0.0.1:$PORT$leave")" 411 'chunks are refused'
	t_is "$(curl -s --path-as-is -o /dev/null -w '%{http_code}' "http://127.0.0.1:$PORT/friends/archive/../../../../etc/passwd")" \
		404 'and paths that lead elsewhere'
	t_is "$(curl -sI "http://127.0.0.1:$PORT/friends/archive/" | tr -d '\r' | sed -n 's/^ETag: //p' >"$T/etag"
		curl -s -o /dev/null -w '%{http_code}' -H "If-None-Match: $(cat "$T/etag")" "http://127.0.0.1:$PORT/friends/archive/")" \
		304 'what is known already is not sent again'
else
	t_skip 'there is no curl'
fi

printf 'GET /friends/ HTTP/1.0\r\n\r\n' | listmgr http >"$T/out" 2>"$T/err"
t_like "$(cat "$T/out")" '^HTTP/1.1 200 OK' 'on standard input and output, as from inetd'
t_start proxied listmgr http --listen 127.0.0.1:0 --foreground -o smtpd_upstream_proxy_protocol=haproxy \
	-o haproxy_trusted_networks=127.0.0.0/8
main=$PORT
t_port proxied
python3 - "$PORT" >"$T/out" <<'P'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)
s.sendall(b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\nGET /none HTTP/1.0\r\n\r\n")
print(s.makefile("rb").read().decode()[:12])
P
t_is "$(cat "$T/out")" 'HTTP/1.1 404' 'behind a proxy'
t_like "$(cat "$T"/proxied.*)" 'client=192.0.2.7, GET /none' 'the log has its client'
PORT=$main

# Each connection in turn, and some at once: nobody waits for a client who does not go on.
python3 - "$PORT" >"$T/out" <<'P'
import http.client, socket, sys
port = int(sys.argv[1])
slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(10)]
for s in slow:
    s.sendall(b"GET /friends/ HTT")
c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
c.request("GET", "/friends/")
print(c.getresponse().status)
P
t_is "$(cat "$T/out")" 200 'slow clients keep nobody out'
t_done
