#!/bin/sh
# SPDX-License-Identifier: ISC
#
# submit.sh PEER - a 2 KB message on the standard input of sendmail, until it is safe in the queue.
# shellcheck disable=SC2119
. "${0%/*}/lib.sh"
. "${0%/*}/peers.sh"

count=${QUICK:+60}
count=${count:-200}
# shellcheck disable=SC2034 # peers.sh listens there
PORT=$("$TOOLS/sink" --unused)
make_message 2048 "$D/message" someone@other.example
ours_conf
case $1 in
postfix)
	postfix_start defer_transports=smtp || exit 1
	set -- postfix 0.2 /usr/sbin/sendmail -t;;
exim)
	exim_start
	set -- exim - exim4 -C /etc/exim4/bench.conf -odq -t;;
opensmtpd)
	opensmtpd_start || exit 1
	set -- opensmtpd - /usr/sbin/sendmail -t;;
nullmailer)
	nullmailer_start
	set -- nullmailer 0.5 nullmailer-inject;;
dma)
	dma_start
	set -- dma 0.65 /usr/sbin/sendmail -t;;
esac
peer=$1 target=$2
shift 2
if static=$(static_of sendmail); then
	set -- "$@" --vs "$static" -t
fi
lines=$("$TOOLS/race" --count "$count" --input "$D/message" -- "$LETTERBOX_BIN/sendmail" -t --vs "$@")
if printf '%s\n' "$lines" | grep -qv 'failed=0$'; then
	note "submit, $peer: commands failed: $lines"
	exit 1
fi
# shellcheck disable=SC2046 # figures
set -- $(printf '%s\n' "$lines" | sed 's/p50_ms=\([0-9.]*\) .*/\1/')
row 'sendmail: 2 KB queued' ms lower "$1" "$2" "$peer" "$target"
[ -z "$static" ] || row 'sendmail, make static: the same' ms lower "$3" "$2" "$peer" "$target"
