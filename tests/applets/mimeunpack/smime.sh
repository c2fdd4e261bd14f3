#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What OpenSSL has signed and encrypted; and what somebody has changed.
. "${0%/*}/../../support/lib.sh"

t_init
"$TOP/tests/support/smimecerts" "$T/certs" >/dev/null 2>&1 || { t_fail 'certificates'; t_done; }
cd "$T" || exit 1
printf 'MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nHello\r\n' >entity
cms()
{
	out=$1
	shift
	openssl cms -from al@test.example -to bo@test.example -subject Hi -out "$out" "$@" 2>>cms.log
}
al='-signer certs/al.pem -inkey certs/al.key'
# shellcheck disable=SC2086 # words
{
	cms detached -sign -in entity $al
	cms opaque -sign -nodetach -in entity $al
	cms encrypted -encrypt -aes-256-cbc -in detached certs/bo.pem
	cms twice -encrypt -aes-256-cbc -in opaque certs/bo.pem
}
set -- --trust certs/ca.pem --identity certs/bo.pem --key certs/bo.key
mimeunpack --verify "$@" detached >out 2>err
case $(cat err) in
*'is not available'*) t_skip_all 'the module for S/MIME was not built';;
esac

for m in detached opaque encrypted twice; do
	t_run mimeunpack --verify "$@" $m
	t_is "$STATUS $(cat out)" "0 $m: good: signed by CN=Al <al@test.example>" "$m"
done
t_run mimeunpack --json --verify "$@" detached
t_is "$(python3 -c '
import json, sys
s = json.load(sys.stdin)
print(s["status"], s["emails"], s["is_author"])' <out)" "good ['al@test.example'] True" 'as JSON'
t_run mimeunpack --verify detached
t_is "$STATUS $(cut -d: -f2 out)" '1  untrusted' 'without its root nobody is believed'
t_expect_exit 1 mimeunpack --verify --trust certs/ca2.pem detached
sed 's/Hello/Hallo/' detached >changed
t_run mimeunpack --verify "$@" changed
t_is "$STATUS $(cut -d: -f2 out)" '1  altered' 'a change is seen'
sed 's/^From: .*/From: eve@test.example/' detached >other
t_run mimeunpack --verify "$@" other
t_is "$STATUS $(cut -d: -f2,4 out)" '1  good: that is not the author' 'so is another author'
t_run mimeunpack --verify entity
t_is "$STATUS $(cat err)" '1 mimeunpack: entity: it is not signed' 'what is not signed'
{
	printf 'From: al@test.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nnot signed\n--b\n'
	sed '/^[A-Z][a-z]*: .*test.example\|^Subject\|^To/d' opaque
	printf '\n--b--\n'
} >around
t_expect_exit 69 mimeunpack --verify "$@" around

for m in encrypted twice; do
	t_run mimeunpack --decrypt "$@" $m
	cp out plain
	t_is "$STATUS $(mimeunpack -O -p 1 plain)" '0 Hello' "$m, decrypted"
	t_is "$(sed '/^$/q' plain | grep '^Subject: Hi$\|^MIME-Version: 1.0$' | sort -u | wc -l)" 2 'with its header'
done
t_run mimeunpack --decrypt "$@" encrypted
t_is "$(mimeunpack --verify --trust certs/ca.pem <out)" 'standard input: good: signed by CN=Al <al@test.example>' \
	'a signature within stays good'
t_expect_exit 69 mimeunpack --decrypt encrypted
[ -s out ] && t_fail 'without a key nothing is written' || t_ok 'without a key nothing is written'
t_expect_exit 69 mimeunpack --decrypt --identity certs/al.pem --key certs/al.key encrypted
t_expect_exit 1 mimeunpack --decrypt "$@" entity
t_done
