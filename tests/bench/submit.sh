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
lines=$("$TOOLS/race" --count "$count" --input "$D/message" -- "$LETTERBOX_BIN/sendmail" -t --vs "$@")
ours=$(printf '%s\n' "$lines" | sed -n 1p)
theirs=$(printf '%s\n' "$lines" | sed -n 2p)
if [ "$(figure failed "$ours")" != 0 ] || [ "$(figure failed "$theirs")" != 0 ]; then
	note "submit, $peer: commands failed: $ours / $theirs"
	exit 1
fi
row 'sendmail: 2 KB queued' ms lower "$(figure p50_ms "$ours")" "$(figure p50_ms "$theirs")" "$peer" "$target"
