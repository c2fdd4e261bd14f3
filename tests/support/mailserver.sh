# shellcheck shell=sh disable=SC2034,SC2120,SC2154
# SPDX-License-Identifier: ISC
#
# mailserver.sh - what the scripts about pop3d and imapd share: sourced behind lib.sh.

# mailserver_init MODULE: nothing is run where there is no such module of Python, or no openssl. $C has certificates. As
# root the server waits as `owner`, the spool's, and users have the ids `uid`; else both are who we are, and uid is empty.
mailserver_init()
{
	t_init
	python3 -c "import ssl, $1" 2>/dev/null || t_skip_all 'there is no Python'
	C=$T/certs
	"$TOP/tests/support/certs" "$C" || t_skip_all 'there is no openssl'
	uid=
	owner=$(id -un)
	if [ "$(id -u)" -eq 0 ]; then
		uid=65533
		owner=nobody
	fi
}

# mailserver_user NAME: with an empty Maildir, which is root's before mailserver_conf.
mailserver_user()
{
	t_user "$1" "{PLAIN}secret:$uid:$uid::$T/home/$1::"
	mkdir -p "$T/home/$1/Maildir/new" "$T/home/$1/Maildir/cur" "$T/home/$1/Maildir/tmp"
}

# mailserver_conf [NAME=VALUE...]: as t_conf. The mailboxes are the users' now.
mailserver_conf()
{
	[ -z "$uid" ] || chown -R "$uid:$uid" "$T/home"
	chmod 600 "$T/users"
	t_conf "mail_owner=$owner" auth_failure_delay=0 "tls_cert_file=$C/mx.pem" "tls_key_file=$C/mx.key" "$@"
}

# mailserver_start NAME APPLET [OPTION...]: it listens in clear at PORT and with TLS at TLS_PORT, its pid is SERVER.
mailserver_start()
{
	t_name=$1
	shift
	t_start "$t_name" "$@" --listen 127.0.0.1:0 --listen-tls 127.0.0.1:0 --foreground
	SERVER=$t_pid
	t_port "$t_name" 2 || t_done
	TLS_PORT=$PORT
	t_port "$t_name"
}

# mailserver_pair APPLET TEXT: two servers, and users of the front whose mailboxes the back has: al's and bo's have a message
# with this text. The front is SERVER at PORT.
mailserver_pair()
{
	[ -e "${LETTERBOX%/*}/modules/curl.so" ] || t_skip_all 'built without libcurl'
	for user in al bo; do
		mailserver_user $user
		printf 'Subject: of %s\n\n%s\n' $user "$2" >"$T/home/$user/Maildir/new/1.$user.host"
	done
	t_user mbox "{PLAIN}secret:$uid:$uid::$T/home/mbox::userdb_mail=mbox:$T/home/mbox/mail"
	mailserver_conf
	mailserver_start back "$1"
	back=$PORT

	front=$(t_unused_port)
	cat >"$T/front-users" <<-END
		al:{PLAIN}front::::::proxy host=127.0.0.1 port=$back pass=secret
		bo:::::::proxy=y nopassword=y host=127.0.0.1 port=$back
		carl:{PLAIN}secret::::::proxy host=127.0.0.1 port=$back destuser=al
		dora:{PLAIN}secret::::::proxy host=localhost port=$TLS_PORT destuser=bo ssl
		emil:{PLAIN}secret::::::proxy host=localhost port=$TLS_PORT destuser=bo ssl=any-cert
		finn:{PLAIN}secret::::::proxy host=127.0.0.1 port=$front
		gina:{PLAIN}secret:$uid:$uid::$T/home/al::proxy_maybe host=127.0.0.1 port=$front userdb_mail=maildir:$T/home/al/Maildir
		hugo:{PLAIN}secret::::::proxy host=127.0.0.1 port=$(t_unused_port)
		ida:{PLAIN}secret::::::proxy
		jan:{PLAIN}wrong::::::proxy host=127.0.0.1 port=$back destuser=al
		kim:::::::proxy nopassword host=127.0.0.1 port=$back destuser=mbox
	END
	chmod 600 "$T/front-users"
	t_conf "mail_owner=$owner" auth_failure_delay=0 "users_file=$T/front-users" "queue_directory=$T/front-spool" \
		"ssl_client_ca_file=$C/ca.pem"
	t_start front "$1" --listen "127.0.0.1:$front" --foreground
	SERVER=$t_pid
	t_port front || t_done
}

# mailserver_pair_logs: what the front has said of look_at_proxied() of dialogue.py.
mailserver_pair_logs()
{
	t_like "$(cat "$T/front.log")" 'user=carl, proxied to 127.0.0.1 as al$' 'the log says where they went'
	t_like "$(cat "$T/front.log")" 'host=127.0.0.1 is this server itself, user=finn' 'and who goes round in circles'
	t_like "$(cat "$T/front.log")" 'SASL password authentication failed.*sasl_username=bo' 'and who was refused there'
	t_unlike "$(cat "$T/front.log" "$T/back.log")" 'secret|wrong$' 'no password is in the logs'
}

# mailserver_got NAME FILE...: a client has written messages 1 to 5 there, which have "body of N" behind a line with a dot.
# What it has said itself is in $T/NAME.log.
mailserver_got()
{
	name=$1
	shift
	missing=
	for n in 1 2 3 4 5; do
		cat "$@" 2>/dev/null | tr -d '\r' | grep -A 3 -x '\.' | grep -qx "body of $n" || missing="$missing $n"
	done
	t_is "$missing" '' "$name has all messages"
	[ -z "$missing" ] || t_note <"$T/$name.log"
}

# mailserver_walk PAGE TYPED: the walk-through of man/PAGE, in $T/desk, by a user without rights; see walk.py.
mailserver_walk()
{
	mkdir "$T/desk" && chmod 777 "$T/desk" && cd "$T/desk" || exit 1
	unset LETTERBOX_CONF
	t_talk "$TOP/tests/support/walk.py" "$TOP/man/$1" "$2"
}
