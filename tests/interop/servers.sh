#!/bin/sh
# SPDX-License-Identifier: ISC
#
# servers.sh PEER - a message goes from our sendmail and mta-relay to the server PEER, and from there to our smtpd, or
# (Dovecot) stays there. Those that only send are given the message with a sendmail of their own. It must arrive once,
# whole. Only for use inside tests/support/peer.
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

# Through the peer, there and back.
through()
{
	LETTERBOX_CONF=$T/first.conf "$LETTERBOX_BIN/sendmail" -i -f sender@test.example al@final.example <"$T/message"
	LETTERBOX_CONF=$T/first.conf "$LETTERBOX_BIN/mta-relay" --once -v >"$T/relay.out" 2>&1
	t_is "$(find "$T/first/new" "$T/first/deferred" -type f | wc -l)" 0 "$peer takes what mta-relay sends"
	"$@"
	arrived "$T/home/al/Maildir/new" "$peer sends it on to smtpd"
}

case $peer in
postfix)
	chmod 711 "$D"
	postfix_start maillog_file=/var/log/pf.log
	through :
	# The same with TLS both ways: we insist on its certificate, and it on ours.
	"$TOP/tests/support/certs" "$T/certs"
	chmod 755 "$T/certs"
	chmod 644 "$T/certs"/*
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=both \
		-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -keyout "$T/both.key" -out "$T/both.pem" 2>/dev/null
	t_start secure "$LETTERBOX_BIN/smtpd" -C "$T/final.conf" --listen 127.0.0.1:0 -o "tls_cert_file=$T/both.pem" \
		-o "tls_key_file=$T/both.key" -o smtpd_tls_security_level=encrypt
	final_port=$PORT
	t_port secure
	postconf -e smtpd_tls_security_level=encrypt "smtpd_tls_cert_file=$T/both.pem" "smtpd_tls_key_file=$T/both.key" \
		smtp_tls_security_level=encrypt smtp_tls_loglevel=1 "relayhost=[127.0.0.1]:$PORT"
	PORT=$final_port
	postfix reload 2>>"$D/postfix.log"
	sleep 1
	printf 'smtp_tls_security_level = verify\nsmtp_tls_CAfile = %s\n' "$T/both.pem" >>"$T/first.conf"
	through :
	t_like "$(cat "$T/relay.out")" '^TLS connection established to .*, verified' 'postfix: TLS to it, verified'
	t_like "$(cat /var/log/pf.log)" 'TLS connection established to 127\.0\.0\.1' 'postfix: TLS from it'
	sed -i '/^smtp_tls_/d' "$T/first.conf"
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
	exim_start
	sed -i 's/^queue_only$/acl_smtp_rcpt = accept\nacl_smtp_data = accept/' /etc/exim4/bench.conf
	sed -i 's/^begin routers/begin acl\naccept:\n  accept\nbegin routers/' /etc/exim4/bench.conf
	t_start exim exim4 -C /etc/exim4/bench.conf -bdf -oX "127.0.0.1.$PORT"
	wait_for_port "$PORT"
	through :;;
opensmtpd)
	opensmtpd_start
	smtpctl resume mta >/dev/null
	through :;;
dma)
	dma_start
	sed -i '/^DEFER/d' /etc/dma/dma.conf
	/usr/sbin/sendmail -i -f sender@test.example al@final.example <"$T/message"
	arrived "$T/home/al/Maildir/new" 'dma sends to smtpd';;
nullmailer)
	nullmailer_start
	chown -R mail:mail "$D/nullmailer"
	nullmailer-inject -f sender@test.example al@final.example <"$T/message"
	t_start nullmailer nullmailer-send
	arrived "$T/home/al/Maildir/new" 'nullmailer sends to smtpd';;
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
	sleep 1
	LETTERBOX_CONF=$T/first.conf "$LETTERBOX_BIN/sendmail" -i -f sender@test.example al@final.example <"$T/message"
	LETTERBOX_CONF=$T/first.conf "$LETTERBOX_BIN/mta-relay" -o relayhost= -o "default_transport=lmtp:127.0.0.1:$PORT" \
		--once -v >"$T/relay.out" 2>&1
	arrived "$D/mail/al/new" 'dovecot takes what mta-relay sends by LMTP';;
esac
t_done
