#!/bin/sh
# SPDX-License-Identifier: ISC
#
# servers.sh PEER - a message goes from our sendmail and mta-relay to the server PEER, and from there to our smtpd, or
# (Dovecot) stays there. Those that only send are given the message with a sendmail of their own. It must arrive once,
# whole. In clear, with STARTTLS, and logging in; each is a field of the matrix that `run` prints. Only for use inside
# tests/support/peer.
. "${0%/*}/../support/lib.sh"
. "${0%/*}/../bench/peers.sh"

peer=$1
t_init
PATH=${PATH#"$LETTERBOX_BIN:"}
TOOLS=${LETTERBOX%/*}/tests/bench
D=$T/peer
PORT=$("$TOOLS/sink" --unused)
mkdir "$D"
chmod 755 "$T" "$D"
if [ "$peer" = dovecot ]; then
	useradd -r dovecot-test 2>/dev/null
fi

# Ours, at the end of the way: al has a mailbox here.
t_conf mydestination=final.example mail_owner=root
cp "$LETTERBOX_CONF" "$T/final.conf"
t_start smtpd "$LETTERBOX_BIN/smtpd" -C "$T/final.conf" --listen 127.0.0.1:0
t_port smtpd || t_done
# shellcheck disable=SC2034 # peers.sh sends there
SINK=$PORT
PORT=$("$TOOLS/sink" --unused)

# Ours, at its start: everything goes to the peer.
t_conf "relayhost=[127.0.0.1]:$PORT" "queue_directory=$T/first" delivery_mode=queue
cp "$LETTERBOX_CONF" "$T/first.conf"

{
	printf 'From: sender@test.example\nTo: al@final.example\nSubject: test\nDate: Sat, 22 Nov 2025 03:30:00 +0000\n'
	printf 'Message-ID: <1@test.example>\n\n.\n..\n.dot\nFrom here on\n  blanks  \n\n'
	awk 'BEGIN { for (i = 0; i < 2000; i++) print "line " i " of a longer message" }'
	echo 'the end'
} >"$T/message"
sed '1,/^$/d' "$T/message" >"$T/body"

# arrived DIR TEXT: one message, with the body that was sent
arrived()
{
	# shellcheck disable=SC2016 # the inner shell expands it
	t_wait 20 sh -c 'ls "$0" 2>/dev/null | grep -q .' "$1"
	sleep 0.2
	if [ "$(find "$1" -type f | wc -l)" -ne 1 ]; then
		t_fail "$2"
		t_note "$(find "$1" -type f | wc -l) messages"
		cat "$T"/*.log "$D"/*.log "$T/relay.out" /var/log/pf.log 2>/dev/null | tail -n 30 | t_note
		return
	fi
	cat "$1"/* | tr -d '\r' | sed '1,/^$/d' >"$T/arrived"
	t_same "$T/arrived" "$T/body" "$2"
	rm -f "$1"/*
}

# cell server|client WHAT COMMAND...: tests that are a field of the matrix; the peer is server or client.
cell()
{
	# shellcheck disable=SC2154 # lib.sh sets it
	side=$1 what=$2 before=$t_failures
	shift 2
	"$@"
	echo "# cell $peer $side $what $([ "$t_failures" -eq "$before" ] && echo passed || echo FAILED)"
}

# send FROM: by our sendmail and mta-relay to the peer. What it says of the connection is in $T/relay.out.
send()
{
	LETTERBOX_CONF=$T/first.conf "$LETTERBOX_BIN/sendmail" -i -f "$1" al@final.example <"$T/message"
	LETTERBOX_CONF=$T/first.conf "$LETTERBOX_BIN/mta-relay" --once -v >"$T/relay.out" 2>&1
	t_is "$(find "$T/first/new" "$T/first/deferred" -type f | wc -l)" 0 "$peer takes what mta-relay sends"
}

send_secure()
{
	send "$1"
	t_like "$(cat "$T/relay.out")" '^TLS connection established to .*, verified' "$peer: TLS to it, verified"
}

# received PROTOCOL: what the peer sent on; smtpd's Received field names the protocol (RFC 3848).
received()
{
	# shellcheck disable=SC2016 # the inner shell expands it
	t_wait 20 sh -c 'ls "$0" 2>/dev/null | grep -q .' "$T/home/al/Maildir/new"
	t_like "$(cat "$T/home/al/Maildir/new"/* 2>/dev/null)" " with $1( |\$)" "$peer speaks $1 with smtpd"
	arrived "$T/home/al/Maildir/new" "$peer sends it on to smtpd"
}

# Through the peer, there and back.
through()
{
	cell server plain send sender@test.example
	cell client plain received ESMTP
}

through_tls()
{
	cell server STARTTLS send_secure sender@test.example
	cell client STARTTLS received ESMTPS
}

# It relays for nobody else than who has logged in, and neither do we: bo is a user here, bench is one there.
through_auth()
{
	cell server AUTH send bo@final.example
	cell client AUTH received ESMTPSA
}

# secure: both.pem is the certificate of both ends. Ours demands STARTTLS, and lets users log in; SINK is its port.
secure()
{
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=both \
		-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -keyout "$T/both.key" -out "$T/both.pem" 2>/dev/null
	chmod "${1:-644}" "$T/both.key"
	peer_port=$PORT
	t_start secure "$LETTERBOX_BIN/smtpd" -C "$T/final.conf" --listen 127.0.0.1:0 -o "tls_cert_file=$T/both.pem" \
		-o "tls_key_file=$T/both.key" -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
	t_port secure
	SINK=$PORT PORT=$peer_port
	printf 'smtp_tls_security_level = verify\nsmtp_tls_CAfile = %s\n' "$T/both.pem" >>"$T/first.conf"
}

# From here on mta-relay logs in.
log_in()
{
	echo "[127.0.0.1]:$PORT bench:secret" >"$T/passwords"
	chmod 600 "$T/passwords"
	printf 'smtp_sasl_auth_enable = yes\nsmtp_sasl_password_maps = %s\n' "$T/passwords" >>"$T/first.conf"
}

# lmtp: SINK is the port of an LMTP server of ours.
lmtp()
{
	peer_port=$PORT
	t_start lmtp "$LETTERBOX_BIN/smtpd" -C "$T/final.conf" --lmtp --listen 127.0.0.1:0
	t_port lmtp
	SINK=$PORT PORT=$peer_port
	sed -i '/^smtp_tls_/d;/^smtp_sasl_/d' "$T/first.conf"
}

exim_listen()
{
	exim_start
	sed -i 's/^queue_only$/acl_smtp_rcpt = accept\nacl_smtp_data = accept/' /etc/exim4/bench.conf
	sed -i 's/^begin routers/begin acl\naccept:\n  accept\nbegin routers/' /etc/exim4/bench.conf
	for edit in "$@"; do
		sed -i "$edit" /etc/exim4/bench.conf
	done
	[ -z "${exim_pid:-}" ] || t_stop "$exim_pid"
	t_start exim exim4 -C /etc/exim4/bench.conf -bdf -oX "127.0.0.1.$PORT"
	# shellcheck disable=SC2154 # t_start sets it
	exim_pid=$t_pid
	wait_for_port "$PORT"
}

# opensmtpd_through FROM WHAT PROTOCOL COMMAND: OpenSMTPD 6.8, as Debian 12 has it, keeps its keys in another process, by
# means that OpenSSL 3 does not know any more: each handshake as a server ends with "missing private key", for RSA and
# ECDSA, whoever the client is. Then it is given the message by its own sendmail.
opensmtpd_through()
{
	if openssl s_client -starttls smtp -connect "127.0.0.1:$PORT" </dev/null >"$D/s_client.log" 2>&1; then
		"$4"
		return
	fi
	t_skip "opensmtpd as a server, $2: openssl s_client gets no TLS from it either"
	/usr/sbin/sendmail -i -f "$1" al@final.example <"$T/message"
	cell client "$2" received "$3"
}

opensmtpd_secure()
{
	t_stop "$opensmtpd_pid"
	echo "bench $(openssl passwd -6 secret)" >"$D/creds"
	echo "final bo:secret" >"$D/secrets"
	cat >/etc/smtpd.conf <<-END
		pki both cert "$T/both.pem"
		pki both key "$T/both.key"
		table creds file:$D/creds
		table secrets file:$D/secrets
		$1
	END
	t_start opensmtpd smtpd -d
	opensmtpd_pid=$t_pid
	wait_for_port "$PORT"
}

# Its old processes end a moment after it has said so.
postfix_reload()
{
	reloads=$(grep -c 'reload --' /var/log/pf.log)
	postfix reload 2>>"$D/postfix.log"
	t_wait 20 sh -c "[ \$(grep -c 'reload --' /var/log/pf.log) -gt $reloads ]"
	sleep 1
}

case $peer in
postfix)
	chmod 711 "$D"
	postfix_start maillog_file=/var/log/pf.log
	through
	# The same with TLS both ways: we insist on its certificate.
	plain_sink=$SINK
	secure
	postconf -e smtpd_tls_security_level=encrypt "smtpd_tls_cert_file=$T/both.pem" "smtpd_tls_key_file=$T/both.key" \
		smtp_tls_security_level=encrypt "relayhost=[127.0.0.1]:$SINK"
	postconf -F smtp/unix/chroot=n lmtp/unix/chroot=n
	postfix_reload
	through_tls
	# And who logs in.
	printf 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN\n' >/etc/postfix/sasl/smtpd.conf
	echo secret | saslpasswd2 -p -c -u postfix.test.example bench
	chmod 644 /etc/sasldb2
	echo "[127.0.0.1]:$SINK bo:secret" >/etc/postfix/passwords
	postconf -e smtpd_sasl_auth_enable=yes smtpd_sasl_local_domain=postfix.test.example \
		smtpd_relay_restrictions=permit_sasl_authenticated,reject smtp_sasl_auth_enable=yes \
		smtp_sasl_password_maps=texthash:/etc/postfix/passwords smtp_sasl_security_options=noanonymous
	postfix_reload
	log_in
	through_auth
	lmtp
	postconf -e smtpd_relay_restrictions=permit_mynetworks,reject smtpd_tls_security_level=none relayhost= \
		"default_transport=lmtp:inet:127.0.0.1:$SINK" smtp_sasl_auth_enable=no
	postfix_reload
	send sender@test.example
	cell client LMTP received LMTP
	SINK=$plain_sink
	smtp-source -s 5 -m 50 -l 4000 -f sender@test.example -t al@final.example "127.0.0.1:$SINK" 2>"$T/source.log"
	t_is "$? $(find "$T/home/al/Maildir/new" -type f | wc -l)" '0 50' 'smtp-source: 50 messages in 5 sessions'
	rm -f "$T/home/al/Maildir/new"/*
	port=$("$TOOLS/sink" --unused)
	t_start smtpsink smtp-sink -u nobody -c "127.0.0.1:$port" 50
	wait_for_port "$port"
	for options in '' -p -e; do
		# shellcheck disable=SC2154 # t_start sets it
		kill "$t_pid"
		# shellcheck disable=SC2086 # an option or none
		t_start smtpsink smtp-sink -u nobody $options "127.0.0.1:$port" 50
		wait_for_port "$port"
		LETTERBOX_CONF=$T/first.conf "$LETTERBOX_BIN/sendmail" -i -f sender@test.example a@x.example b@x.example \
			<"$T/message"
		LETTERBOX_CONF=$T/first.conf "$LETTERBOX_BIN/mta-relay" -o "relayhost=[127.0.0.1]:$port" --once -v \
			>"$T/relay.out" 2>&1
		t_is "$(find "$T/first/new" "$T/first/deferred" -type f | wc -l)" 0 "smtp-sink $options takes what mta-relay sends"
	done;;
exim)
	exim_listen
	through
	secure
	tls="s|^tls_advertise_hosts =|tls_advertise_hosts = *\ntls_certificate = $T/both.pem\ntls_privatekey = $T/both.key|"
	exim_listen "$tls" '/^  hosts_try_fastopen/a \  hosts_require_tls = *'
	through_tls
	cat >"$T/authenticators" <<-'END'
		begin authenticators
		plain:
		  driver = plaintext
		  public_name = PLAIN
		  server_prompts = :
		  server_condition = ${if and{{eq{$auth2}{bench}}{eq{$auth3}{secret}}}}
		  server_set_id = $auth2
		  client_send = ^bo^secret
	END
	# shellcheck disable=SC2016 # Exim expands it
	exim_listen "$tls" '/^  hosts_try_fastopen/a \  hosts_require_tls = *\n  hosts_require_auth = *' \
		's/^acl_smtp_rcpt = .*/acl_smtp_rcpt = ${if def:authenticated_id {accept}{deny}}/' \
		's/^begin routers/deny:\n  deny\n&/' "\$r $T/authenticators"
	log_in
	through_auth
	lmtp
	exim_listen '/^  hosts_try_fastopen/a \  protocol = lmtp'
	send sender@test.example
	cell client LMTP received LMTP;;
opensmtpd)
	opensmtpd_start
	opensmtpd_pid=$!
	smtpctl resume mta >/dev/null
	through
	secure 600
	opensmtpd_secure "listen on 127.0.0.1 port $PORT tls-require pki both
		action out relay host smtp+tls://127.0.0.1:$SINK tls no-verify
		match from any for any action out"
	opensmtpd_through sender@test.example STARTTLS ESMTPS through_tls
	opensmtpd_secure "listen on 127.0.0.1 port $PORT tls-require pki both auth <creds>
		action out relay host smtp+tls://final@127.0.0.1:$SINK auth <secrets> tls no-verify
		match auth from any for any action out
		match from local for any action out"
	log_in
	opensmtpd_through bo@final.example AUTH ESMTPSA through_auth;;
dma)
	dma_start
	sed -i '/^DEFER/d' /etc/dma/dma.conf
	/usr/sbin/sendmail -i -f sender@test.example al@final.example <"$T/message"
	cell client plain arrived "$T/home/al/Maildir/new" 'dma sends to smtpd';;
nullmailer)
	nullmailer_start
	chown -R mail:mail "$D/nullmailer"
	nullmailer-inject -f sender@test.example al@final.example <"$T/message"
	t_start nullmailer nullmailer-send
	cell client plain arrived "$T/home/al/Maildir/new" 'nullmailer sends to smtpd';;
dovecot)
	mkdir -p "$D/run" "$D/mail"
	chown dovecot-test "$D/mail"
	cat >"$D/dovecot.conf" <<-END
		base_dir = $D/run
		protocols = lmtp
		ssl = no
		log_path = $D/dovecot.log
		mail_location = maildir:$D/mail/%n
		passdb {
		  driver = static
		  args = nopassword=y
		}
		userdb {
		  driver = static
		  args = uid=dovecot-test gid=dovecot-test home=$D/mail/%n allow_all_users=yes
		}
		first_valid_uid = 1
		hostname = dovecot.test.example
		postmaster_address = postmaster@test.example
		service lmtp {
		  inet_listener lmtp {
		    address = 127.0.0.1
		    port = $PORT
		  }
		}
	END
	t_start dovecot dovecot -F -c "$D/dovecot.conf"
	wait_for_port "$PORT"
	LETTERBOX_CONF=$T/first.conf "$LETTERBOX_BIN/sendmail" -i -f sender@test.example al@final.example <"$T/message"
	LETTERBOX_CONF=$T/first.conf "$LETTERBOX_BIN/mta-relay" -o relayhost= -o "default_transport=lmtp:127.0.0.1:$PORT" \
		--once -v >"$T/relay.out" 2>&1
	cell server LMTP arrived "$D/mail/al/new" 'dovecot takes what mta-relay sends by LMTP';;
esac
t_done
