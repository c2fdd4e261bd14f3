#!/bin/sh
# SPDX-License-Identifier: ISC
#
# XCLIENT and the PROXY protocol as swaks speaks them.
. "${0%/*}/../../support/lib.sh"
command -v swaks >/dev/null || t_skip_all 'there is no swaks'
t_init

# attempt RECIPIENT OPTION...: from 192.0.2.9
attempt()
{
	to=$1
	shift
	swaks --silent 3 --server 127.0.0.1 --port "$SMTP_PORT" --from dora@far.example --to "$to" "$@"
}

t_conf smtpd_authorized_xclient_hosts=127.0.0.1
t_start_smtpd || t_done
t_expect_exit 0 attempt al@test.example --xclient 'ADDR=192.0.2.9 NAME=c.example'
t_like "$(t_newest al)" '192\.0\.2\.9' 'XCLIENT: it is the client'
t_expect_exit 24 attempt x@far.example --xclient 'ADDR=192.0.2.9 NAME=c.example'
t_expect_exit 0 attempt x@far.example
t_stop "$SMTPD_PID"

t_conf smtpd_upstream_proxy_protocol=haproxy haproxy_trusted_networks=127.0.0.1
t_start_smtpd || t_done
for version in 1 2; do
	rm -rf "$T/home/al/Maildir"
	family=AF_INET
	[ "$version" = 2 ] || family=TCP4
	set -- --proxy-version "$version" --proxy-family "$family" \
		--proxy-source 192.0.2.9 --proxy-source-port 1234 --proxy-dest 192.0.2.1 --proxy-dest-port 25
	t_expect_exit 0 attempt al@test.example "$@"
	t_like "$(t_newest al)" '192\.0\.2\.9' "PROXY version $version: it is the client"
	t_expect_exit 24 attempt x@far.example "$@"
done
t_done
