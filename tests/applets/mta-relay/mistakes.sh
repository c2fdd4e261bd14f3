#!/bin/sh
# SPDX-License-Identifier: ISC
#
# mistakes.sh - a parameter that is mistyped costs nobody mail: either nothing starts and says where it is wrong, or mail
# waits until it is mended. Never is any returned.
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/names.sh"
t_init
names_start
mkdir -p "$T/etc"
printf 'friend: carla\n' >"$T/aliases"

# Found when it starts.

# starts_not PARAMETER VALUE WANT: whatever reads it ends with 78, and says the line.
starts_not()
{
	t_conf "$1=$2"
	line=$(grep -n "^$1 = " "$T/letterbox.conf" | cut -d: -f1)
	for applet in 'mta-relay --once' 'sendmail -bv al' 'smtpd --listen 127.0.0.1:0' 'newaliases -q'; do
		# shellcheck disable=SC2086 # words
		t_run $applet
		t_is "$STATUS" 78 "${applet%% *} does not start with $1=$2"
		t_like "$(cat "$T/err")" "$T/letterbox.conf:$line: $3" 'and says where that is'
	done
}

starts_not mail_location maildri:~/Maildir 'mail_location: .maildri:~/Maildir. is neither'
starts_not mail_location maildir:Maildir 'mail_location: .maildir:Maildir. is neither'
starts_not mail_location maildir:/var/mail/%l "mail_location .*there is %u"
starts_not relayhost mx.example:2S 'relayhost: .*no port number'
starts_not quota_rule '*:storage=1X' 'quota_rule '

# A relay that runs goes on with what it has.
t_conf
t_start_relay
t_wait 10 mta-relay --kick
t_conf mail_location=maildri:~/Maildir
kill -HUP "$RELAY_PID"
t_wait 10 grep -q 'not read again' "$T/relay.log"
t_like "$(cat "$T/relay.log")" 'the configuration is not read again: .*mail_location' 'a running relay is told so'
t_wait 10 mta-relay --kick
t_conf
t_is "$(printf 'Subject: x\n\n' | sendmail al 2>&1)" '' 'and goes on'
t_wait 10 sh -c "ls '$T'/home/al/Maildir/new/* >/dev/null 2>&1"
t_is "$(t_mail_count al)" 1 'and delivers'
t_stop "$RELAY_PID"
rm -rf "$T/home/al/Maildir"

# Found when mail is there.

# waits NAME RECIPIENT PARAMETER=VALUE...: a message that was accepted before is tried, and is in the queue then.
waits()
{
	name=$1 to=$2
	shift 2
	rm -rf "$T/home/al/Maildir" "$SPOOL"/*/??*
	# Where nothing is local all of it is queued.
	t_conf delivery_mode=queue mydestination=elsewhere.example
	printf 'Subject: x\n\n' | sendmail -f al@test.example "$to"
	t_conf delivery_mode=queue smtp_sasl_auth_enable=no "dns_servers=$NAMES" "$@"
	t_relay --all
	t_is "$(t_queue_count) $(t_mail_count al)" '1 0' "$name: it waits, and is not returned"
	t_like "$(mailq)" '4\.[0-9]\.[0-9]+ ' "$name: and mailq says why"
}

{
	echo "al:x::::$T/home/al::"
	echo "bo:x::::$T/home/bo::userdb_mail=maildri:$T/home/bo/Maildir"
	echo "carla:x::::$T/home/carla::userdb_quota_rule=1G"
	echo "dan:x::::$T/home/dan::userdb_mail=Maildir"
} >"$T/careless"
waits 'a mailbox of an unknown kind' bo@test.example "users_file=$T/careless"
waits 'a mailbox whose path is not absolute' dan@test.example "users_file=$T/careless"
waits 'a quota that is none' carla@test.example "users_file=$T/careless"
waits 'a users file that is missing' bo@test.example "users_file=$T/no-users"
waits 'aliases that are missing' friend@test.example "alias_maps=$T/no-aliases"
waits 'lists that are missing' some-list@test.example "list_directory=$T/no-lists"
waits 'a relayhost that there is not' x@far.example relayhost=mx.far.example
waits 'a relayhost in brackets that there is not' x@far.example 'relayhost=[mx.far.invalid]' smtp_host_lookup=dns
waits 'a command that there is not' x@far.example default_transport=pipe:/no/where
waits 'a table of transports that is missing' x@far.example "transport_maps=$T/etc/none"
printf 'far.example smpt:[mx.example]\n' >"$T/etc/transport"
waits 'a transport that there is not' x@far.example "transport_maps=$T/etc/transport"
printf 'far.example smtp:[mx.far.invalid]\n' >"$T/etc/transport"
waits 'a transport to nowhere' x@far.example "transport_maps=$T/etc/transport" smtp_host_lookup=dns
printf 'far.example lmtp:unix:/no/where\n' >"$T/etc/transport"
waits 'a socket that is missing' x@far.example "transport_maps=$T/etc/transport"
printf 'al@test.example mx.example:2S\n' >"$T/etc/senders"
waits 'a relayhost of the sender that is none' x@far.example "sender_dependent_relayhost_maps=$T/etc/senders"
waits 'a table of TLS policies that is missing' x@far.example 'relayhost=[127.0.0.1]:1' "smtp_tls_policy_maps=$T/etc/none"
printf '[127.0.0.1]:1 encrpyt\n' >"$T/etc/policy"
waits 'a level of TLS that there is not' x@far.example 'relayhost=[127.0.0.1]:1' "smtp_tls_policy_maps=$T/etc/policy"
waits 'passwords that are missing' x@far.example 'relayhost=[127.0.0.1]:1' smtp_sasl_auth_enable=yes \
	"smtp_sasl_password_maps=$T/etc/none"
waits 'a table of virtual aliases that is missing' bo@test.example "virtual_alias_maps=$T/etc/none"
printf 'info@v.example \n' >"$T/etc/virtual"
waits 'a virtual mailbox without a path' x@v.example virtual_mailbox_domains=v.example "virtual_mailbox_maps=$T/etc/none" \
	"virtual_mailbox_base=$T/vmail"
printf 'x@v.example /abs\n' >"$T/etc/virtual"
waits 'a virtual mailbox that is elsewhere' x@v.example virtual_mailbox_domains=v.example "virtual_mailbox_maps=$T/etc/virtual" \
	"virtual_mailbox_base=$T/vmail"
printf 'report: "|/no/where"\n' >"$T/etc/aliases"
waits 'an alias to a command that there is not' report@test.example "alias_maps=$T/etc/aliases" "default_privs=$(id -un)"
printf 'report: "|exec %s/conf-reader"\n' "$T" >"$T/etc/aliases"
printf '#!/bin/sh\nexit 78\n' >"$T/conf-reader"
chmod +x "$T/conf-reader"
waits 'a command with a configuration that is wrong' report@test.example "alias_maps=$T/etc/aliases" "default_privs=$(id -un)"

# mda is called by mail servers that return what it refuses for good.
t_conf mail_location=maildri:~/Maildir
printf 'Subject: x\n\n' >"$T/message"
# shellcheck disable=SC2016 # sh expands it
t_expect_exit 75 sh -c 'mda -d al <"$1"' - "$T/message"
t_like "$(cat "$T/err")" "$T/letterbox.conf:[0-9]+: mail_location: " 'mda says where the mistake is, and the message is kept'
t_done
