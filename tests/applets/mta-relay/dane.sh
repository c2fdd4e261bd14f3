#!/bin/sh
# SPDX-License-Identifier: ISC
#
# DANE: TLSA records that fit, do not, cannot be used or cannot be known, and hosts without. The servers are our smtpd,
# the name server follows a script, and is believed to have checked signatures.
# shellcheck disable=SC2034 # hop.sh reads HOP_HEADER and HOP_PORT
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/hop.sh"
t_init
export RES_OPTIONS='timeout:1 attempts:1'
C=$T/certs
"$TOP/tests/support/certs" "$C" || t_skip_all 'there is no openssl'
t_conf "mydestination=good.example both.example bad.example odd.example none.example unsigned.example second.example" "tls_cert_file=$C/mx.pem" "tls_key_file=$C/mx.key"
hop_conf smtp_dns_support_level=dnssec smtp_tls_mta_sts=no smtp_tls_security_level=dane
t_start_smtpd --foreground || t_done
t_start in-clear smtpd --foreground --listen 127.0.0.1:0 -o smtpd_tls_security_level=none
t_port in-clear
in_clear=$PORT
spki()
{
	od -An -v -tx1 "$C/$1.spki" | tr -d ' \n'
}

# Each domain has one MX host, mx.DOMAIN; the name servers' word is AD where it says so.
zone()
{
	cat <<Z
$1.example AD
$1.example MX 5 mx.$1.example
mx.$1.example AD
mx.$1.example A 127.0.0.1
_$2._tcp.mx.$1.example AD
Z
}
# names PORT: the zone, for servers at that port.
names()
{
	{
		zone good "$1"
		echo "_$1._tcp.mx.good.example TLSA 3 1 1 $(spki mx)"
		zone both "$1"
		echo "_$1._tcp.mx.both.example TLSA 3 1 1 $(spki other)"
		echo "_$1._tcp.mx.both.example TLSA 3 1 1 $(spki mx)"
		zone bad "$1"
		echo "_$1._tcp.mx.bad.example TLSA 3 1 1 $(spki other)"
		zone odd "$1"
		echo "_$1._tcp.mx.odd.example TLSA 1 1 1 $(spki mx)"
		zone fails "$1"
		echo "_$1._tcp.mx.fails.example RCODE 2"
		zone none "$1"
		zone unsigned "$1" | grep -v '^unsigned.example AD'
		echo "_$1._tcp.mx.unsigned.example TLSA 3 1 1 $(spki other)"
		zone second "$1"
		echo "second.example MX 6 mx.good.example"
		echo "_$1._tcp.mx.second.example TLSA 3 1 1 $(spki other)"
	} >"$T/zone"
	hop_names "$T/zone"
}

HOP_PORT=$SMTP_PORT
names "$HOP_PORT"
hop_try good
t_is "$(hop_outcome)" 'sent verified' 'a record that has the key of the server'
hop_try both
t_is "$(hop_outcome)" 'sent verified' 'one of two records has it'
hop_try bad
t_is "$(hop_outcome)" 'deferred 4.7.5' 'a record that has another key: mail waits'
t_like "$(cat "$T/out")" 'its certificate is not accepted: no matching DANE TLSA records' 'and why'
t_unlike "$(cat "$T/out")" 'MAIL FROM' 'nothing was said of it'
hop_try bad smtp_tls_security_level=may
t_is "$(hop_outcome)" 'sent not verified' 'level may asks for no TLSA records'
hop_try odd
t_is "$(hop_outcome)" 'sent not verified' 'records that cannot be used: TLS with whoever it is'
hop_try none
t_is "$(hop_outcome)" 'sent not verified' 'none: as may'
hop_try fails
t_is "$(hop_outcome)" 'deferred 4.4.3' 'they cannot be known: mail waits'
t_unlike "$(cat "$T/out")" 'Connecting to' 'and nobody is asked'
hop_try unsigned
t_is "$(hop_outcome)" 'sent not verified' 'MX records that are not signed: as may'
hop_try second
t_is "$(hop_outcome)" 'sent verified' 'the first MX host has another key, the second one the right one'
t_like "$(cat "$T/out")" '"relay":"mx.good.example' 'so that is the one'
hop_try good smtp_dns_support_level=enabled
t_is "$(hop_outcome)" 'sent verified' 'the name server is on this machine: it is believed'
hop_try good smtp_tls_security_level=dane-only
t_is "$(hop_outcome)" 'sent verified' 'dane-only'
hop_try none smtp_tls_security_level=dane-only
t_is "$(hop_outcome)" 'deferred 4.7.5' 'dane-only without records: mail waits'
t_like "$(cat "$T/out")" 'host mx.none.example has no TLSA record that is signed, and the policy is dane-only' 'and why'
hop_try odd smtp_tls_security_level=dane-only
t_like "$(hop_outcome) $(cat "$T/out")" '^deferred 4.7.5.*' 'dane-only with records that cannot be used'
t_like "$(cat "$T/out")" 'has no TLSA record that can be used' 'and why'
HOP_HEADER='TLS-Required: No'
hop_try bad
t_is "$(hop_outcome)" 'sent not verified' 'TLS-Required: No passes all the same'
hop_try bad tls_required_enable=no
t_is "$(hop_outcome)" 'deferred 4.7.5' 'unless tls_required_enable says no'
HOP_HEADER=

# A host with TLSA records that offers no STARTTLS: somebody may have taken the offer away.
HOP_PORT=$in_clear
names "$HOP_PORT"
hop_try good
t_is "$(hop_outcome)" 'deferred 4.7.4' 'TLSA records, and no TLS'
hop_try none
t_is "$(hop_outcome)" 'sent in clear' 'none, and no TLS'

# letterbox doctor shows the records.
HOP_PORT=$SMTP_PORT
names "$HOP_PORT"
hop_doctor good.example
t_like "$(cat "$T/out")" '^ok      tlsa      mx.good.example: 3 1 1$' 'doctor: the records'
t_like "$(cat "$T/out")" '^ok      starttls  mx.good.example: TLSv1.3 .*, verified.* \(demanded, with its TLSA records\)$' 'and what came of them'
hop_doctor bad.example
t_is "$STATUS $(tail -n 1 "$T/out" | cut -d : -f 1)" '75 FAILED  result    starttls' 'doctor: another key'
hop_doctor fails.example
t_is "$STATUS $(tail -n 1 "$T/out" | cut -d : -f 1)" '75 FAILED  result    tlsa' 'doctor: no answer'
hop_doctor unsigned.example
t_like "$(cat "$T/out")" '^ok      tlsa      mx.unsigned.example: none, as its name is not signed in DNS$' 'doctor: not signed'
t_done
