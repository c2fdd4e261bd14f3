# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# peers.sh - how other mail software is set up to be measured: each NAME_start function configures it for the directory
# $D and starts it. Only for use inside tests/support/peer, where /etc is a copy that is thrown away and what is started
# ends with the environment. Reads: D (directory on the disk to be measured), PORT (where it shall listen), SINK (port
# of the sink).
#
# All are told to keep their promises (they sync as they do by default), not to look anything up in
# DNS, and to leave out what the others do not do.

# postfix_start [PARAMETER=VALUE...]
postfix_start()
{
	mkdir -p "$D/mail"
	chown 65534:65534 "$D/mail"
	[ -d "$D/postfix" ] || cp -a /var/spool/postfix "$D/postfix"
	postconf -e "queue_directory=$D/postfix" inet_interfaces=127.0.0.1 inet_protocols=ipv4 \
		myhostname=postfix.test.example mydestination= local_recipient_maps= alias_maps= alias_database= \
		mynetworks=127.0.0.0/8 smtpd_peername_lookup=no disable_dns_lookups=yes smtp_host_lookup=native \
		smtpd_tls_security_level=none smtp_tls_security_level=none compatibility_level=3.6 \
		virtual_mailbox_domains=bench.example "virtual_mailbox_base=$D/mail" \
		virtual_mailbox_maps=texthash:/etc/postfix/users virtual_uid_maps=static:65534 \
		virtual_gid_maps=static:65534 smtpd_client_connection_count_limit=0 \
		smtpd_relay_restrictions=permit_mynetworks,reject "relayhost=[127.0.0.1]:${SINK:-25}" "$@"
	for user in 0 1 2 3; do
		echo "user$user@bench.example user$user/"
	done >/etc/postfix/users
	postconf -M# smtp/inet
	postconf -M "127.0.0.1:$PORT/inet=127.0.0.1:$PORT inet n - n - - smtpd"
	postfix start >"$D/postfix.log" 2>&1
	wait_for_port "$PORT"
}

# dma_start: nothing runs; mail waits in the queue until dma_flush.
dma_start()
{
	mkdir -p "$D/dma"
	chown root:mail "$D/dma"
	chmod 2775 "$D/dma"
	cat >/etc/dma/dma.conf <<-END
		SMARTHOST 127.0.0.1
		PORT ${SINK:-25}
		SPOOLDIR $D/dma
		MAILNAME dma.test.example
		DEFER
	END
}

# nullmailer_start: only the queue; nullmailer-send is started by who measures it.
nullmailer_start()
{
	[ -d "$D/nullmailer" ] || cp -a /var/spool/nullmailer "$D/nullmailer"
	mount --bind "$D/nullmailer" /var/spool/nullmailer
	rm -f /etc/nullmailer/me
	echo nullmailer.test.example >/etc/mailname
	echo test.example >/etc/nullmailer/defaultdomain
	echo "127.0.0.1 smtp --port=${SINK:-25}" >/etc/nullmailer/remotes
}

# opensmtpd_start: accepts local mail, and keeps what is for elsewhere.
opensmtpd_start()
{
	mkdir -p "$D/opensmtpd" /var/spool/smtpd
	chmod 711 "$D/opensmtpd"
	mount --bind "$D/opensmtpd" /var/spool/smtpd
	cat >/etc/smtpd.conf <<-END
		listen on 127.0.0.1 port $PORT
		action "out" relay host smtp://127.0.0.1:${SINK:-25}
		match from any for any action "out"
	END
	echo opensmtpd.test.example >/etc/mailname
	smtpd -d >"$D/opensmtpd.log" 2>&1 &
	wait_for_port "$PORT"
	smtpctl pause mta >/dev/null
}

# exim_start: no daemon; the queue is run by who measures it.
exim_start()
{
	mkdir -p "$D/exim"
	chown Debian-exim:Debian-exim "$D/exim"
	cat >/etc/exim4/bench.conf <<-END
		primary_hostname = exim.test.example
		spool_directory = $D/exim
		log_file_path = $D/exim/log/%slog
		keep_environment =
		host_lookup =
		rfc1413_query_timeout = 0s
		tls_advertise_hosts =
		queue_only
		trusted_users = root
		begin routers
		smart:
		  driver = manualroute
		  route_list = * 127.0.0.1 byname
		  self = send
		  transport = smtp
		begin transports
		smtp:
		  driver = smtp
		  port = ${SINK:-25}
		  hosts_try_fastopen =
		begin retry
		* * F,1h,1m
	END
}

# wait_for_port PORT
wait_for_port()
{
	tries=100
	until "$TOOLS/blast" --port "$1" --hold </dev/null >/dev/null 2>&1; do
		tries=$((tries - 1))
		if [ "$tries" -eq 0 ]; then
			echo "nobody listens on port $1" >&2
			return 1
		fi
		sleep 0.05
	done
}
