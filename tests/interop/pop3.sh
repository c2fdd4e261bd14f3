#!/bin/sh
# SPDX-License-Identifier: ISC
#
# pop3.sh - POP3 clients collect mail from pop3d: each gets all messages as they are; and clients that leave mail on the
# server see nothing new when the Maildir goes from letterbox to Dovecot and back. Only for use inside
# tests/support/peer.
. "${0%/*}/../support/lib.sh"
. "${0%/*}/../support/mailserver.sh"
. "${0%/*}/../support/dovecot.sh"

t_init
useradd -m pop 2>/dev/null
uid=$(id -u pop)
C=$T/certs
"$TOP/tests/support/certs" "$C" || t_skip_all 'there is no openssl'
M=$T/home/pop/Maildir
t_user pop "{PLAIN}secret:$uid:$uid::$T/home/pop::"
t_conf mail_owner=nobody "tls_cert_file=$C/mx.pem" "tls_key_file=$C/mx.key" auth_failure_delay=0
chmod 755 "$T" "$T/home"

# fill: five messages, of which some are awkward.
fill()
{
	rm -rf "$M"
	mkdir -p "$M/new" "$M/cur" "$M/tmp"
	for n in 1 2 3 4 5; do
		printf 'From: a@b.example\nTo: pop@test.example\nSubject: number %s\nMessage-ID: <%s@test.example>\nDate: Sat, 22 Nov 2025 10:00:00 +0000\n\n' \
			"$n" "$n" >"$M/cur/$n.pop.test:2,"
		printf '.\n..\n.dot\nbody of %s\n' "$n" >>"$M/cur/$n.pop.test:2,"
	done
	chown -R pop: "$T/home/pop"
}

fill
mailserver_start pop3d pop3d
plain=$PORT tls=$TLS_PORT

if t_has curl; then
	for n in 1 2 3 4 5; do
		curl -s --max-time 20 "pop3://127.0.0.1:$plain/$n" -u pop:secret >"$T/curl.$n"
	done
	mailserver_got 'curl' "$T"/curl.?
	for n in 1 2 3 4 5; do
		curl -s --max-time 20 --cacert "$C/ca.pem" --resolve "mx.example:$tls:127.0.0.1" \
			"pop3s://mx.example:$tls/$n" -u pop:secret >"$T/curls.$n"
	done
	mailserver_got 'curl with TLS first' "$T"/curls.?
	curl -s --max-time 20 --ssl-reqd --cacert "$C/ca.pem" --resolve "mx.example:$plain:127.0.0.1" \
		"pop3://mx.example:$plain/" -u pop:secret >"$T/curl.list"
	t_is "$(tr -d '\r' <"$T/curl.list" | grep -c .)" 5 'curl lists after STLS'
fi

if t_has python3; then
	python3 - "$plain" >"$T/python" <<'END'
import poplib, sys
c = poplib.POP3("127.0.0.1", int(sys.argv[1]), timeout=20)
c.utf8()
c.user("pop"); c.pass_("secret")
assert c.stat()[0] == 5 and len(c.uidl()[1]) == 5 and "PIPELINING" in c.capa()
for i in range(1, 6):
    print(b"\n".join(c.retr(i)[1]).decode())
c.quit()
END
	mailserver_got "Python's poplib" "$T/python"
fi

if t_has fetchmail; then
	cat >"$T/fetchmailrc" <<-END
		poll 127.0.0.1 protocol POP3 port $plain uidl username pop password secret keep sslproto ""
		mda "cat >>$T/fetchmail.mbox"
	END
	chmod 600 "$T/fetchmailrc"
	fetch="fetchmail -f $T/fetchmailrc -i $T/fetchids --pidfile $T/fetchmail.pid --nosyslog --nodetach --invisible"
	timeout 30 $fetch >"$T/fetchmail.log" 2>&1
	mailserver_got 'fetchmail' "$T/fetchmail.mbox"
fi

if t_has mpop; then
	cat >"$T/mpoprc" <<-END
		account default
		host 127.0.0.1
		port $plain
		user pop
		password secret
		auth plain
		tls off
		keep on
		uidls_file $T/mpop.uidls
		delivery mbox $T/mpop.mbox
	END
	chmod 600 "$T/mpoprc"
	timeout 30 mpop -C "$T/mpoprc" >"$T/mpop.log" 2>&1
	mailserver_got 'mpop' "$T/mpop.mbox"
fi

if t_has getmail; then
	mkdir -p "$T/getmail/out/new" "$T/getmail/out/cur" "$T/getmail/out/tmp"
	cat >"$T/getmail/getmailrc" <<-END
		[retriever]
		type = SimplePOP3Retriever
		server = 127.0.0.1
		port = $plain
		username = pop
		password = secret
		[destination]
		type = Maildir
		path = $T/getmail/out/
		user = pop
	END
	chown -R pop: "$T/getmail"
	HOME=$T timeout 30 getmail --getmaildir "$T/getmail" --rcfile "$T/getmail/getmailrc" >"$T/getmail.log" 2>&1
	mailserver_got 'getmail' "$T"/getmail/out/new/*
fi

if t_has mutt; then
	cat >"$T/muttrc" <<-END
		set pop_host="pop://pop:secret@127.0.0.1:$plain"
		set pop_pass="secret"
		set ssl_starttls=no
		set ssl_force_tls=no
		set pop_delete=no
		set pop_last=no
		set spoolfile="$T/mutt.mbox"
		set folder="$T"
		set mbox_type=mbox
		set record=""
		set quit=yes
		push "<fetch-mail><exit>"
	END
	: >"$T/mutt.mbox"
	TERM=vt100 timeout 20 script -qc "mutt -n -F $T/muttrc -f $T/mutt.mbox" /dev/null </dev/null >"$T/mutt.log" 2>&1
	mailserver_got 'mutt' "$T/mutt.mbox"
fi

if t_has alpine && t_has python3; then
	mkdir "$T/alpine"
	printf '%s\n' 'personal-name=Me' 'last-version-used=9.99' \
		'feature-list=quit-without-confirm,enable-aggregate-command-set,save-will-not-delete' >"$T/alpine/pinerc"
	timeout 60 python3 "$TOP/tests/interop/alpine.py" "$plain" "$T/alpine" "$T/alpine/saved" >"$T/alpine.log" 2>&1
	mailserver_got 'alpine' "$T/alpine/saved"
fi

# Claws Mail is never without a screen; it fetches when it starts, and there is nothing to click.
if t_has claws-mail && t_has xvfb-run; then
	claws=$T/claws
	for folder in inbox sent draft queue trash; do
		mkdir -p "$claws/Mail/$folder"
	done
	mkdir -p "$claws/.claws-mail"
	cat >"$claws/.claws-mail/accountrc" <<-END
		[Account: 1]
		account_name=pop
		is_default=1
		name=Pop
		address=pop@test.example
		protocol=0
		receive_server=127.0.0.1
		set_popport=1
		pop_port=$plain
		smtp_server=127.0.0.1
		user_id=pop
		password=secret
		remove_mail=0
		inbox=#mh/Mailbox/inbox
		receive_at_get_all=1
	END
	cat >"$claws/.claws-mail/folderlist.xml" <<-END
		<?xml version="1.0" encoding="UTF-8"?>
		<folderlist>
		  <folder type="mh" name="Mailbox" path="Mail">
		    <folderitem type="inbox" name="inbox" path="inbox"/>
		    <folderitem type="outbox" name="sent" path="sent"/>
		    <folderitem type="draft" name="draft" path="draft"/>
		    <folderitem type="queue" name="queue" path="queue"/>
		    <folderitem type="trash" name="trash" path="trash"/>
		  </folder>
		</folderlist>
	END
	printf '[Common]\nconfig_version=3\nreceive_dialog_mode=2\nno_receive_error_panel=1\n' >"$claws/.claws-mail/clawsrc"
	# It knows no way to fetch and then to end.
	# shellcheck disable=SC2016 # the inner shell expands it
	HOME=$claws timeout 60 xvfb-run -a sh -c 'cd && claws-mail --receive-all & pid=$!
		for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			[ ! -s Mail/inbox/5 ] || break
			sleep 1
		done
		kill $pid
		wait' >"$T/claws-mail.log" 2>&1
	mailserver_got 'claws-mail' "$claws"/Mail/inbox/[1-5]
fi

# ---- to Dovecot, and back ----

new_mail()
{
	sed -i "s/port [0-9][0-9]*/port $1/" "$T/fetchmailrc" "$T/mpoprc"
	timeout 30 $fetch >>"$T/fetchmail.log" 2>&1
	timeout 30 mpop -C "$T/mpoprc" >>"$T/mpop.log" 2>&1
	t_is "$(cat "$T/fetchmail.mbox" "$T/mpop.mbox" | grep -c '^Subject:')" "$2" "$3"
}

if t_has dovecot && t_has fetchmail && t_has mpop; then
	dovecot_conf "$T" pop3 11110 'pop3_uidl_format = %08Xu%08Xv'
	t_start dovecot dovecot -F -c "$T/dovecot.conf"
	t_wait 10 curl -s --max-time 2 pop3://127.0.0.1:11110/ -u pop:secret || t_fail 'Dovecot serves the Maildir'
	new_mail 11110 10 'fetchmail and mpop see nothing new at Dovecot'
	printf 'Subject: number 6\nMessage-ID: <6@test.example>\nFrom: a@b.example\n\nsix\n' >"$M/new/6.pop.test"
	chown pop: "$M/new/6.pop.test"
	new_mail 11110 12 'they get what is new there'
	new_mail "$plain" 12 'and see nothing new back at pop3d'
	printf 'Subject: number 7\nMessage-ID: <7@test.example>\nFrom: a@b.example\n\nseven\n' >"$M/new/7.pop.test"
	chown pop: "$M/new/7.pop.test"
	new_mail "$plain" 14 'they get what is new here'
	new_mail 11110 14 'and see nothing new at Dovecot again'
	t_is "$(curl -s "pop3://127.0.0.1:11110/" -X UIDL -u pop:secret)" "$(curl -s "pop3://127.0.0.1:$plain/" -X UIDL -u pop:secret)" \
		'both have the same unique ids'
	t_unlike "$(cat "$T/dovecot.log")" 'Error|Warning|Panic' 'Dovecot has no complaint'
fi
t_done
