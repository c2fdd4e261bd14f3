#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Signed and encrypted messages, as OpenSSL reads them.
. "${0%/*}/../../support/lib.sh"
t_init
"$TOP/tests/support/smimecerts" "$T/certs" >/dev/null 2>&1 || { t_fail 'certificates'; t_done; }
cd "$T" || exit 1
if ! mimepack --sign certs/al.pem --key certs/al.key --output message </dev/null 2>err &&
	grep -q 'S/MIME is not available' err; then
	t_skip_all "$(cat err)"
fi
printf 'Grüße,\nFrom here.\n' >text
head -c 400000 /dev/urandom >data.bin

# contents FILE: an entity that openssl gave back.
contents()
{
	rm -rf leaves
	"$TOP/tests/support/structure.py" "$1" leaves >tree
	tr -d '\r' <leaves/1 | cmp -s - text && cmp -s leaves/2 data.bin && echo same
}

set -- --from al@test.example --to bo@test.example --subject Grüße data.bin
t_expect_exit 0 mimepack "$@" --sign certs/al.pem --key certs/al.key --output message <text
t_like "$(sed '/^$/q' message)" 'micalg=sha-256' 'signed, detached'
t_is "$(openssl cms -verify -in message -CAfile certs/ca.pem -out back 2>&1)" 'CMS Verification successful' 'and openssl agrees'
t_is "$(contents back)" same 'to what was meant'
t_is "$(LC_ALL=C grep -c '[^ -~	]' message)" 0 'no 8-bit byte is signed'
t_is "$("$TOP/tests/support/structure.py" message | sed 's/^/|/' | head -n 3 | tr -d '\n')" \
	'|multipart/signed -|  multipart/mixed -|    text/plain charset=utf-8 quoted-printable' 'everybody can read it'

t_expect_exit 0 mimepack "$@" --sign certs/both.pem --opaque --digest sha-512 --output message <text
t_is "$(openssl cms -verify -in message -CAfile certs/ca.pem -out back 2>&1)" 'CMS Verification successful' 'signed, opaque'
t_is "$(contents back)" same 'to what was meant'

t_expect_exit 0 mimepack "$@" --encrypt certs/bo.pem --encrypt certs/al.pem --output message <text
for who in al bo; do
	openssl cms -decrypt -in message -recip certs/$who.pem -inkey certs/$who.key -out back
	t_is "$(contents back)" same "encrypted for $who"
done
t_like "$(sed '/^$/q' message)" '^Subject: =' 'the fields are not'

printf 'secret\nnot this\n' >pass
t_expect_exit 0 mimepack "$@" --sign certs/al.p12 --passphrase-file pass --encrypt certs/bo.pem --cipher aes-128-gcm \
	--output message <text
openssl cms -decrypt -in message -recip certs/bo.pem -inkey certs/bo.key -out signed
t_is "$(openssl cms -verify -in signed -CAfile certs/ca.pem -out back 2>&1)" 'CMS Verification successful' 'both, with PKCS#12'
t_is "$(contents back)" same 'to what was meant'

# The boundary of what is signed is in no part, whatever the seed.
t_expect_exit 0 mimepack --seed s --sign certs/both.pem --output one <text
t_expect_exit 0 mimepack --seed s --sign certs/both.pem --message one --output message <text
t_is "$(openssl cms -verify -in message -CAfile certs/ca.pem -out back 2>&1)" 'CMS Verification successful' 'a signed message in another'

printf 'Subject: x\n\nGr\303\274\303\237e\n' >inner
t_expect_exit 64 mimepack --sign certs/both.pem --message inner <text
t_like "$(cat err)" '8bit' 'a message in 8bit cannot be signed: relays might change it'
t_expect_exit 64 mimepack --key certs/al.key <text
t_expect_exit 64 mimepack --opaque <text
t_expect_exit 64 mimepack --cipher aes-256-cbc <text
t_expect_exit 64 mimepack --encrypt certs/al.pem --cipher rot13 <text
t_expect_exit 66 mimepack --sign missing <text
for bad in '--sign certs/al.pem --key certs/bo.key' '--sign certs/al.pem' '--sign certs/old.pem --key certs/old.key' \
	'--sign certs/al.pem --key certs/locked.key' '--encrypt certs/old.pem' '--encrypt certs/web.pem' '--encrypt text'; do
	# shellcheck disable=SC2086 # words
	t_expect_exit 69 mimepack $bad <text
	t_is "$(wc -c <out)" 0 'and nothing is written'
done
t_unlike "$(cat err)" secret 'no passphrase is shown'
t_done
