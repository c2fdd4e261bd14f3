#!/bin/sh
# SPDX-License-Identifier: ISC
#
# TLS with the next hop: as it offers, demanded, verified, before the greeting. The server is our smtpd.
. "${0%/*}/../../support/lib.sh"
t_init
C=$T/certs
"$TOP/tests/support/certs" "$C" || t_skip_all 'there is no openssl'
t_conf mydestination=final.example "tls_cert_file=$C/mx.pem" "tls_key_file=$C/mx.key"
sed 's/^mydestination.*/mydestination = first.example/' "$LETTERBOX_CONF" >"$T/first.conf"
t_start_smtpd --foreground --listen-tls 127.0.0.1:0 || t_done
tls_port=$(sed -n 's/^listening on 127.0.0.1:\([0-9]*\)$/\1/p' "$T/smtpd.log" | tail -n 1)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=local \
	-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -keyout "$T/local.key" -out "$T/local.pem" 2>/dev/null
t_start local smtpd --foreground --listen 127.0.0.1:0 -o "tls_cert_file=$T/local.pem" -o "tls_key_file=$T/local.key"
t_port local
local_port=$PORT
t_start clear smtpd --foreground --listen 127.0.0.1:0 -o smtpd_tls_security_level=none
t_port clear
clear_port=$PORT

# send PORT PARAMETER...: one message to al@final.example by that port; what mta-relay says is in $T/relay.out.
send()
{
	send_port=$1
	shift
	for parameter; do
		set -- "$@" -o "$parameter"
		shift
	done
	rm -rf "$T/first" "$T"/home/al/Maildir
	printf 'Subject: x\n\nhello\n' | LETTERBOX_CONF=$T/first.conf LETTERBOX_SPOOL=$T/first sendmail -odq -f me@test.example al@final.example
	mta-relay -C "$T/first.conf" --spool "$T/first" -o "relayhost=[127.0.0.1]:$send_port" "$@" --once -v >"$T/relay.out" 2>&1
}

# result: "delivered with PROTOCOL" or "deferred"
result()
{
	if [ "$(t_mail_count al)" -gt 0 ]; then
		t_newest al | sed -n 's/^	by .* with \([A-Z]*\)$/delivered with \1/p' | head -n 1
	elif [ "$(find "$T/first/deferred" -type f | wc -l)" -eq 1 ]; then
		echo deferred
	fi
}

send "$SMTP_PORT"
t_is "$(result)" 'delivered with ESMTPS' 'may: TLS where it is offered'
t_like "$(cat "$T/relay.out")" \
	'^TLS connection established to 127\.0\.0\.1: TLSv1\.3 with cipher [A-Z0-9_]+ \([0-9]+ bits\), not verified: ' '-v shows it'
send "$clear_port"
t_is "$(result)" 'delivered with ESMTP' 'may: in clear where it is not'
send "$SMTP_PORT" smtp_tls_security_level=none
t_is "$(result)" 'delivered with ESMTP' 'none'
send "$SMTP_PORT" smtp_tls_security_level=encrypt
t_is "$(result)" 'delivered with ESMTPS' 'encrypt'
send "$clear_port" smtp_tls_security_level=encrypt
t_is "$(result)" deferred 'encrypt: not in clear'
t_like "$(cat "$T/relay.out")" 'Deferred \(TLS is demanded, and 127\.0\.0\.1\[127\.0\.0\.1\] does not offer it\)' 'and why'
# LMTP has a level of its own, which is that of SMTP if it is not set.
t_start lmtp smtpd --lmtp --foreground --listen 127.0.0.1:0
t_port lmtp
lmtp="default_transport=lmtp:127.0.0.1:$PORT"
send "$PORT" relayhost= "$lmtp"
t_is "$(result)" 'delivered with LMTPS' 'LMTP: as SMTP'
send "$PORT" relayhost= "$lmtp" smtp_tls_security_level=none
t_is "$(result)" 'delivered with LMTP' 'also without'
send "$PORT" relayhost= "$lmtp" smtp_tls_security_level=none lmtp_tls_security_level=encrypt
t_is "$(result)" 'delivered with LMTPS' 'lmtp_tls_security_level = encrypt'
send "$PORT" relayhost= "$lmtp" lmtp_tls_security_level=verify
t_is "$(result)" deferred 'lmtp_tls_security_level = verify, of a server that is not known'
send "$SMTP_PORT" lmtp_tls_security_level=verify
t_is "$(result)" 'delivered with ESMTPS' 'which is nothing to SMTP'

send "$local_port" smtp_tls_security_level=verify "smtp_tls_CAfile=$T/local.pem"
t_is "$(result)" 'delivered with ESMTPS' 'verify'
t_like "$(cat "$T/relay.out")" ' bits\), verified$' 'is shown'
send "$local_port" smtp_tls_security_level=verify "smtp_tls_CAfile=$C/ca.pem"
t_is "$(result)" deferred 'verify: by another CA'
t_like "$(cat "$T/relay.out")" 'its certificate is not accepted: self-signed certificate' 'and why'
send "$SMTP_PORT" smtp_tls_security_level=verify "smtp_tls_CAfile=$C/ca.pem"
t_is "$(result)" deferred 'verify: another name'
t_like "$(cat "$T/relay.out")" 'its certificate is not accepted: IP address mismatch' 'and why'
send "$SMTP_PORT" smtp_tls_security_level=verify
t_is "$(result)" deferred "verify: no CA that the system knows"
send "$tls_port" smtp_tls_wrappermode=yes
t_is "$(result)" 'delivered with ESMTPS' 'smtp_tls_wrappermode'
send "$local_port" tls_min_protocol=TLSv1.3
t_is "$(result)" 'delivered with ESMTPS' 'TLS 1.3 only'

# A program without TLS: mail goes on in clear, unless it must not.
mkdir "$T/bare"
cp "$LETTERBOX" "$T/bare/mta-relay"
mkdir -m 755 "$T/bare/modules"
: >"$T/bare/modules/tls.so"
PATH=$T/bare:$PATH
send "$SMTP_PORT"
t_is "$(result)" 'delivered with ESMTP' 'no module: in clear'
send "$SMTP_PORT" smtp_tls_security_level=encrypt
t_is "$(result)" deferred 'no module: not where TLS is demanded'
t_like "$(cat "$T/relay.out")" 'Deferred \(TLS is not available: ' 'and why'
t_done
