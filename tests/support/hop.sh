# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# hop.sh - one machine whose relay is watched, behind lib.sh: its mail goes by DNS to servers at HOP_PORT. Its
# configuration is $T/first.conf, its spool $T/first, its name first.example.
#
#	hop_conf NAME=VALUE...        behind t_conf, whose parameters it has, too
#	hop_names FILE                a name server with that zone (tests/support/nameserver.h)
#	hop_try DOMAIN NAME=VALUE...  one message to al@DOMAIN.example, with the header field HOP_HEADER, is tried once
#	hop_sts DOMAIN LINE...        it has that MTA-STS policy of the domain for the next hop_try
#	hop_relay NAME=VALUE...       what is in its queue is tried once; $T/out has the dialogue, and results as JSON
#	hop_outcome                   "sent verified", "sent not verified", "sent in clear", "deferred 4.7.5"
#	hop_doctor DOMAIN NAME=VALUE...

HOP_HEADER=

hop_conf()
{
	sed 's/^mydestination.*/mydestination = first.example/' "$LETTERBOX_CONF" >"$T/first.conf"
	for hop_set in "$@"; do
		printf '%s = %s\n' "${hop_set%%=*}" "${hop_set#*=}" >>"$T/first.conf"
	done
}

hop_names()
{
	hop_number=$((${hop_number:-0} + 1))
	t_start "names$hop_number" "${LETTERBOX%/*}/tests/fakedns" "$1"
	t_port "names$hop_number" || t_done
	hop_dns=127.0.0.1:$PORT
}

hop_sts()
{
	hop_domain=$1
	shift
	mkdir -p "$T/sts"
	chmod 700 "$T/sts"
	hop_now=$(date +%s)
	{
		printf 'fetched %s\ntried %s\nid 1\n\nversion: STSv1\nmax_age: 86400\n' "$hop_now" "$hop_now"
		printf '%s\n' "$@"
	} >"$T/sts/$hop_domain"
}

hop_submit()
{
	printf 'Subject: x\n%s\nhello\n' "${HOP_HEADER:+$HOP_HEADER
}" | LETTERBOX_CONF=$T/first.conf LETTERBOX_SPOOL=$T/first sendmail -odq -f me@first.example "$1"
}

hop_relay()
{
	for hop_set; do
		set -- "$@" -o "$hop_set"
		shift
	done
	if [ -d "$T/sts" ]; then
		rm -rf "$T/first/mta-sts"
		mv "$T/sts" "$T/first/mta-sts"
	fi
	mta-relay -C "$T/first.conf" --spool "$T/first" -o "dns_servers=$hop_dns" -o "smtp_tcp_port=$HOP_PORT" "$@" \
		--once --json -v >"$T/out" 2>"$T/err"
}

hop_try()
{
	hop_rcpt=al@$1.example
	shift
	rm -rf "$T/first"
	hop_submit "$hop_rcpt"
	hop_relay "$@"
}

hop_outcome()
{
	hop_status=$(sed -n 's/^{.*"status":"\([a-z]*\)".*/\1/p' "$T/out" | head -n 1)
	if [ "$hop_status" != sent ]; then
		echo "$hop_status $(sed -n 's/^{.*"dsn":"\([0-9.]*\)".*/\1/p' "$T/out" | head -n 1)"
	elif grep -q '^TLS connection established.*, verified' "$T/out"; then
		echo 'sent verified'
	elif grep -q '^TLS connection established.*, not verified' "$T/out"; then
		echo 'sent not verified'
	else
		echo 'sent in clear'
	fi
}

hop_doctor()
{
	hop_domain=$1
	shift
	for hop_set; do
		set -- "$@" -o "$hop_set"
		shift
	done
	t_run letterbox doctor -C "$T/first.conf" --spool "$T/first" -o "dns_servers=$hop_dns" \
		-o "smtp_tcp_port=$HOP_PORT" "$@" "$hop_domain"
}
