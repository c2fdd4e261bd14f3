#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Which TLS a destination must give: smtp_tls_policy_maps, MTA-STS, REQUIRETLS and "TLS-Required: No". The servers are
# our smtpd; its certificate is for mx.example and *.wild.example.
# shellcheck disable=SC2034 # hop.sh reads HOP_HEADER and HOP_PORT
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/hop.sh"
t_init
export RES_OPTIONS='timeout:1 attempts:1'
C=$T/certs
"$TOP/tests/support/certs" "$C" || t_skip_all 'there is no openssl'
t_conf 'mydestination=mx.example far.example signed.example a.wild.example sub.far.example two.example' \
	"tls_cert_file=$C/mx.pem" "tls_key_file=$C/mx.key"
P=$T/tls_policy
: >"$P"
hop_conf smtp_dns_support_level=dnssec "smtp_tls_policy_maps=$P" "smtp_tls_CAfile=$C/ca.pem"
t_start_smtpd --foreground || t_done
t_start in-clear smtpd --foreground --listen 127.0.0.1:0 -o smtpd_tls_security_level=none
t_port in-clear
in_clear=$PORT
HOP_PORT=$SMTP_PORT
cat >"$T/zone" <<'Z'
mx.example A 127.0.0.1
far.example MX 5 mx.example
sub.far.example MX 5 mx.example
a.wild.example MX 5 b.wild.example
b.wild.example A 127.0.0.1
two.example MX 5 b.wild.example
two.example MX 6 mx.example
signed.example AD
signed.example MX 5 secured.wild.example
secured.wild.example AD
secured.wild.example A 127.0.0.1
_mta-sts.far.example RCODE 2
Z
hop_names "$T/zone"

# policy LINE DOMAIN PARAMETER...: the outcome with that line in the table
policy()
{
	printf '%s\n' "$1" >"$P"
	shift
	hop_try "$@"
	hop_outcome
}

t_is "$(policy '' far)" 'sent not verified' 'no line: smtp_tls_security_level'
t_is "$(policy 'far.example none' far)" 'sent in clear' 'none'
t_is "$(policy 'far.example may' far smtp_tls_security_level=verify)" 'sent not verified' 'may, where the level is verify'
t_is "$(policy '.far.example none' sub.far)" 'sent in clear' 'the line of a parent'
t_is "$(policy '.far.example none' far)" 'sent not verified' 'which is not one of the domain itself'
t_is "$(policy 'FAR.Example encrypt' far)" 'sent not verified' 'encrypt; case does not count'
t_is "$(policy 'far.example verify' far)" 'sent verified' 'verify: the name of the MX host'
t_is "$(policy 'far.example secure' far)" 'deferred 4.7.5' 'secure: the name of the domain, and its certificate has another'
t_is "$(policy 'a.wild.example secure' a.wild)" 'sent verified' 'secure: it has that'
t_is "$(policy 'far.example secure match=nexthop:.example' far)" 'sent verified' 'match'
t_is "$(policy 'far.example verify match=other.example' far)" 'deferred 4.7.5' 'match: another name'
t_is "$(policy 'far.example verify protocols=>=TLSv1.3' far)" 'sent verified' 'protocols'
t_is "$(policy 'far.example dane-only' far)" 'deferred 4.7.5' 'dane-only'
t_is "$(policy "[127.0.0.1]:$SMTP_PORT none" far "relayhost=[127.0.0.1]:$SMTP_PORT")" 'sent in clear' 'a next hop in brackets'
t_is "$(policy 'far.example none' far "relayhost=[127.0.0.1]:$SMTP_PORT")" 'sent not verified' \
	'the next hop counts, not the domain behind it'
t_is "$(policy 'far.example fingerprint match=11:22' far)" 'deferred 4.3.5' 'a line that cannot be obeyed: mail waits'
t_like "$(cat "$T/out")" "$P:1: .fingerprint. is not supported: dane, or verify" 'and the fault says where and why'
t_is "$(policy 'far.example none' far "smtp_tls_policy_maps=$T/missing")" 'deferred 4.3.5' 'no table: mail waits'
: >"$P"

# The example of the manual.
sed -n '/^# .etc.letterbox.tls_policy$/,/^[.]Ed/{/^[.]Ed/d; s/\\&//; s/10025/'"$SMTP_PORT"'/; p;}' \
	"$TOP/man/letterbox.conf.5" >"$T/example"
t_is "$(grep -c '^[^#]' "$T/example")" 5 'the table of letterbox.conf(5)'
for case in 'far=sent verified' 'a.wild=sent verified' 'signed=deferred 4.7.5' 'two=sent in clear' 'mx=sent not verified'; do
	t_is "$(policy "$(cat "$T/example")" "${case%%=*}")" "${case#*=}" "${case%%=*}.example by that table"
done
t_is "$(policy "$(cat "$T/example")" sub.far "relayhost=[127.0.0.1]:$SMTP_PORT")" 'sent verified' 'and its next hop in brackets'
: >"$P"

# MTA-STS.
hop_sts far.example 'mode: enforce' 'mx: mx.example'
hop_try far
t_is "$(hop_outcome)" 'sent verified' 'MTA-STS: the host is in the policy, and its certificate is good'
hop_sts far.example 'mode: enforce' 'mx: mx.example'
hop_try far "smtp_tls_CAfile=$C/ca2.pem"
t_is "$(hop_outcome)" 'deferred 4.7.5' 'it is not good: mail waits'
hop_sts far.example 'mode: enforce' 'mx: *.far.example'
hop_try far
t_is "$(hop_outcome)" 'deferred 4.7.5' 'the host is not in the policy: mail waits'
t_like "$(cat "$T/out")" 'the MTA-STS policy of far.example does not allow mail to host mx.example' 'and why'
t_unlike "$(cat "$T/out")" 'Connecting' 'nobody connects'
hop_sts two.example 'mode: enforce' 'mx: mx.example'
hop_try two
t_is "$(hop_outcome)" 'sent verified' 'the second host is in the policy'
hop_sts far.example 'mode: testing' 'mx: *.far.example'
hop_try far
t_is "$(hop_outcome)" 'sent not verified' 'mode testing: mail passes'
t_like "$(cat "$T/out")" 'MTA-STS policy of far.example, which it tests, does not have host mx.example' 'with a word'
hop_sts far.example 'mode: none'
hop_try far
t_is "$(hop_outcome)" 'sent not verified' 'mode none'
hop_sts far.example 'mode: enforce' 'mx: *.far.example'
hop_try far smtp_tls_mta_sts=no
t_is "$(hop_outcome)" 'sent not verified' 'smtp_tls_mta_sts = no'
hop_sts far.example 'mode: enforce' 'mx: *.far.example'
t_is "$(policy 'far.example may' far)" 'sent not verified' 'a line of the table comes before it'
: >"$P"
HOP_HEADER='tls-required: no'
hop_sts far.example 'mode: enforce' 'mx: *.far.example'
hop_try far
t_is "$(hop_outcome)" 'sent not verified' 'TLS-Required: No comes before it'
HOP_HEADER=
hop_sts far.example 'mode: enforce' 'mx: *.far.example'
hop_try far smtp_tls_security_level=encrypt
t_is "$(hop_outcome)" 'sent not verified' 'level encrypt is what it is'
hop_sts far.example 'mode: enforce' 'mx: mx.example' 'mx: *.far.example'
rm -rf "$T/first/mta-sts"
mv "$T/sts" "$T/first/mta-sts"
hop_doctor far.example
t_like "$(cat "$T/out")" '^ok      mta-sts   far.example: mode enforce, mx mx.example, \*.far.example$' 'doctor: the policy'
t_like "$(cat "$T/out")" '^ok      starttls  mx.example: .*, verified as mx.example \(demanded, with its certificate\)$' 'doctor: what came of it'
hop_doctor far.example smtp_tls_security_level=verify "smtp_tls_CAfile=$C/ca2.pem"
t_like "$(cat "$T/out")" '^FAILED  starttls  TLS with mx.example\[127.0.0.1\]: its certificate is not accepted: ' 'doctor: why it is not'

# REQUIRETLS, from a client by our smtpd to the next one.
if ! command -v python3 >/dev/null; then
	t_skip 'there is no python3'
	t_done
fi
t_start first smtpd -C "$T/first.conf" --spool "$T/first" -o delivery_mode=queue --foreground --listen 127.0.0.1:0
t_port first || t_done
first=$PORT
# require DOMAIN...: a message with REQUIRETLS to each, in that order; "-" in front: without
require()
{
	find "$T/first" -type f -path '*/[nd]e*/*' -delete
	rm -rf "$T/first/mta-sts"
	python3 - "$first" "$@" <<'P'
import smtplib, ssl, sys
s = smtplib.SMTP("127.0.0.1", int(sys.argv[1]))
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
s.ehlo()
assert not s.has_extn("requiretls")
s.starttls(context=context)
s.ehlo()
assert s.has_extn("requiretls")
for number, domain in enumerate(sys.argv[2:]):
	options = ["MT-PRIORITY=%d" % (4 - number)] + ([] if domain[0] == "-" else ["REQUIRETLS"])
	s.sendmail("me@first.example", ["al@%s.example" % domain.lstrip("-")], "Subject: x\r\n\r\nsecret\r\n", options)
s.quit()
P
}
require mx
hop_relay
t_is "$(hop_outcome)" 'sent verified' 'REQUIRETLS: a domain that is its own MX host'
t_like "$(cat "$T/out")" 'MAIL FROM:<me@first.example>.* REQUIRETLS' 'it is passed on'
require signed
hop_relay
t_is "$(hop_outcome)" 'sent verified' 'REQUIRETLS: signed MX records'
require far
hop_relay
t_is "$(hop_outcome)" 'bounced 5.7.30' 'REQUIRETLS: DNS is not signed, so anybody may have named the host'
t_unlike "$(cat "$T/out")" 'MAIL FROM' 'nothing was said of it'
require far
hop_sts far.example 'mode: enforce' 'mx: mx.example'
hop_relay
t_is "$(hop_outcome)" 'sent verified' 'REQUIRETLS: the policy of MTA-STS names it'
require two
hop_relay
t_is "$(hop_outcome)" 'bounced 5.7.30' 'REQUIRETLS: no host'
require mx
HOP_PORT=$in_clear
hop_relay
t_is "$(hop_outcome)" 'bounced 5.7.30' 'REQUIRETLS: no TLS'
HOP_PORT=$SMTP_PORT
require mx
hop_relay "smtp_tls_CAfile=$C/ca2.pem"
t_is "$(hop_outcome)" 'bounced 5.7.30' 'REQUIRETLS: a certificate by somebody else'

# One connection for several messages: only for those that ask no more than it gives.
require -mx mx -mx
hop_relay default_destination_concurrency_limit=1
t_is "$(grep -c '"status":"sent"' "$T/out") $(grep -c 'Connecting to' "$T/out")" '3 2' 'three messages, two connections'
t_is "$(sed -n 's/.* bits), \(not verified\|verified\).*/\1/p; s/.*MAIL FROM.*\(REQUIRETLS\).*/\1/p; s/.*MAIL FROM.*/mail/p' "$T/out" |
	tr '\n' ' ')" 'not verified mail verified REQUIRETLS mail ' 'REQUIRETLS gets a new one, which serves the last'
t_done
