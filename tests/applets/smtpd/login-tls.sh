#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Logging in through TLS: channel binding, client certificates, and what STARTTLS forgets.
. "${0%/*}/../../support/lib.sh"
t_init
python3 -c 'import ssl' 2>/dev/null || t_skip_all 'there is no Python with ssl'
C=$T/certs
"$TOP/tests/support/certs" "$C" || t_skip_all 'there is no openssl'
t_conf auth_failure_delay=0 "tls_cert_file=$C/mx.pem" "tls_key_file=$C/mx.key" "smtpd_tls_CAfile=$C/ca.pem"
# The name in the certificate.
t_user 'al of test.example' "{PLAIN}x::::$T/home/client::"
t_user dora "$(echo geheim | letterbox passwd -s SCRAM-SHA-256)::::$T/home/dora::"
t_start_smtpd --submission || t_done

cat >"$T/talk.py" <<END
import base64, hashlib, hmac, os, re, smtplib, ssl, sys
context = ssl.create_default_context(cafile="$C/ca.pem")
def connect(certificate=None, tls=True):
    c = smtplib.SMTP("127.0.0.1", int(os.environ["SMTP_PORT"]), timeout=30)
    c._host = "mx.example"
    c.ehlo("c")
    if certificate:
        context.load_cert_chain("$C/%s.pem" % certificate, "$C/%s.key" % certificate)
    if tls:
        c.starttls(context=context)
        c.ehlo("c")
    return c
def b64(x):
    return base64.b64encode(x).decode()
def offers(c):
    return c.esmtp_features.get("auth", "none").strip()
# RFC 5802, with the binding of RFC 5929: the hash of the certificate.
def scram(c, user, password, mechanism, gs2, binding=b""):
    bare = "n=%s,r=fyko+d2lbbFgONRv9qkxdawL" % user
    code, text = c.docmd("AUTH", "%s %s" % (mechanism, b64((gs2 + bare).encode())))
    if code != 334:
        return code
    first = base64.b64decode(text).decode()
    values = dict(p.split("=", 1) for p in first.split(","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(values["s"]), int(values["i"]))
    key = hmac.digest(salted, b"Client Key", "sha256")
    final = "c=%s,r=%s" % (b64(gs2.encode() + binding), values["r"])
    message = ",".join((bare, first, final)).encode()
    signature = hmac.digest(hashlib.sha256(key).digest(), message, "sha256")
    proof = bytes(a ^ b for a, b in zip(key, signature))
    code, text = c.docmd(b64(("%s,p=%s" % (final, b64(proof))).encode()))
    if code != 334:
        return code
    server = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), message, "sha256")
    assert base64.b64decode(text) == b"v=" + base64.b64encode(server)
    return c.docmd("")[0]
def end_point(c):
    return hashlib.sha256(c.sock.getpeercert(True)).digest()
exec(sys.argv[1])
END
talk()
{
	t_run python3 "$T/talk.py" "$@"
	cat "$T/out" "$T/err"
}

# shellcheck disable=SC2016 # Python, not the shell
t_is "$(talk 'print(offers(connect()))')" 'PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS' 'what TLS adds to the offer'
t_is "$(talk 'print(offers(connect("client")))')" 'PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS EXTERNAL' \
	'and a certificate'
t_is "$(talk 'print(scram(connect(), "dora", "geheim", "SCRAM-SHA-256", "n,,"))')" 235 'SCRAM-SHA-256'
t_is "$(talk 'print(scram(connect(), "dora", "falsch", "SCRAM-SHA-256", "n,,"))')" 535 'with a wrong password'
t_is "$(talk 'c = connect(); print(scram(c, "dora", "geheim", "SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,", end_point(c)))')" \
	235 'SCRAM-SHA-256-PLUS'
t_is "$(talk 'c = connect(); print(scram(c, "al", "secret", "SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,", end_point(c)))')" \
	235 'the same from {PLAIN}'
t_is "$(talk 'print(scram(connect(), "dora", "geheim", "SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,", bytes(32)))')" \
	535 'through somebody else it fails'
t_is "$(talk 'print(scram(connect(), "dora", "geheim", "SCRAM-SHA-256", "y,,"))')" 535 \
	'as it does when the offer was taken away'
t_is "$(talk 'print(connect("client").docmd("AUTH", "EXTERNAL =")[0])')" 235 'EXTERNAL'
t_is "$(talk 'print(connect("client").docmd("AUTH", "EXTERNAL " + b64(b"al of test.example"))[0])')" 235 'EXTERNAL with the same name'
t_is "$(talk 'print(connect("client").docmd("AUTH", "EXTERNAL " + b64(b"al"))[0])')" 535 'but not with another'
t_is "$(talk 'print(connect().docmd("AUTH", "EXTERNAL =")[0])')" 504 'nor without a certificate'
t_is "$(talk 'print(connect("alone").docmd("AUTH", "EXTERNAL =")[0])' | sed -n '$p' | grep -c '^235')" 0 \
	'nor with one that nobody vouches for'

# What was said in clear does not count after STARTTLS.
t_is "$(talk '
c = connect(tls=False)
print(c.login("al", "secret")[0], c.mail("al@test.example")[0])
c.rset()
c.starttls(context=context)
c.ehlo("c")
print(c.mail("al@test.example")[0], c.login("al", "secret")[0], c.mail("al@test.example")[0])
' | tr '\n' ' ')" '235 250 530 235 250 ' 'STARTTLS forgets who has logged in'
t_is "$(talk '
c = connect()
c.login("al", "secret")
c.sendmail("al@test.example", ["bo@test.example"], "Subject: x\r\n\r\ny\r\n")
')" '' 'a message'
t_like "$(t_newest bo)" 'with ESMTPSA$' 'says how it came'
t_done
