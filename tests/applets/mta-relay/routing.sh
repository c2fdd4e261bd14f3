#!/bin/sh
# SPDX-License-Identifier: ISC
#
# routing.sh - tables that say where mail goes, with servers that say what they got.
# shellcheck disable=SC2154 # t_pid is set there
. "${0%/*}/../../support/lib.sh"
t_init
fake=${LETTERBOX%/*}/tests/fakesmtp
user=$(id -u)
[ "$user" -ne 0 ] || user=65534

# server NAME OPTION...: on PORT, what it hears in $T/NAME.said.
server()
{
	name=$1
	shift
	t_start "$name" "$fake" --log "$T/$name.said" "$@"
	t_port "$name" || t_done
}
server one
one=$PORT
server two
two=$PORT
server three
three=$PORT

mkdir "$T/vmail"
[ "$user" != 65534 ] || chown 65534:65534 "$T/vmail"
cat >"$T/virtual" <<END
v.example          -
info@v.example     al, bo@far.example
far@far.example    far@far.example, bo@test.example
move@v.example     gone@test.example
END
cat >"$T/transport" <<END
direct.example     smtp:[127.0.0.1]:$two
.direct.example    :[127.0.0.1]:$two
null@test.example  discard:
no.example         error:5.1.2 nobody there
wait.example       retry:4.4.1 not now
END
echo "s@s.example [127.0.0.1]:$three" >"$T/sender"
printf 'box@m.example  m.example/box/\nfile@m.example  m.example/file\n' >"$T/vmailbox"
echo 'gone new@far.example' >"$T/relocated"
t_conf delivery_mode=queue "relayhost=[127.0.0.1]:$one" "virtual_alias_maps=$T/virtual" \
	"transport_maps=$T/transport" "sender_dependent_relayhost_maps=$T/sender" "relocated_maps=$T/relocated" \
	virtual_mailbox_domains=m.example "virtual_mailbox_maps=$T/vmailbox" "virtual_mailbox_base=$T/vmail" \
	"virtual_uid_maps=static:$user" "virtual_gid_maps=static:$user"

# What was heard so far does not count.
forget()
{
	for name in one two three; do : >"$T/$name.said"; done
}

# post SENDER RECIPIENT...: and deliver it.
post()
{
	sender=$1
	shift
	forget
	printf 'Subject: %s\n\nbody\n' "$*" | sendmail -i -f "$sender" -- "$@"
	mta-relay --once --all --json >"$T/out" 2>"$T/err"
}

heard()
{
	for name in one two three; do
		sed -n "s/.*RCPT TO:<\([^>]*\)>.*/$name \1/p" "$T/$name.said" 2>/dev/null
	done | sort | tr '\n' ';'
}

post al@test.example x@far.example y@direct.example z@a.direct.example
t_is "$(heard)" 'one x@far.example;two y@direct.example;two z@a.direct.example;' 'by domain, and what is below it'
post s@s.example x@far.example y@direct.example
t_is "$(heard)" 'three x@far.example;two y@direct.example;' 'by sender, where no transport says otherwise'
post al@test.example info+x@v.example
t_is "$(heard)" 'one bo+x@far.example;' 'a virtual alias: what is elsewhere'
t_is "$(t_mail_count al)" 1 'and what is here'
t_unlike "$(cat "$T/one.said")" 'Delivered-To' 'the former says nothing of where it has been'
post al@test.example far@far.example
t_is "$(heard)" 'one far@far.example;' 'an alias that names itself'
t_is "$(t_mail_count bo)" 1 'gets to both'
post al@test.example null@test.example
t_is "$(heard)$(t_mail_count al)" 1 'discarded'
t_like "$(cat "$T/out")" '"status":"sent".*discarded' 'and said to be'
post al@test.example wait@wait.example
t_like "$(cat "$T/out")" '"status":"deferred".*"dsn":"4.4.1".*not now' 'retry: waits'
mailq --delete --recipient wait@wait.example >/dev/null
post carla@test.example x@no.example bo@test.example
t_like "$(cat "$T/out")" '"status":"bounced".*"dsn":"5.1.2".*nobody there' 'error: comes back'
t_like "$(t_newest carla)" '^Status: 5\.1\.2' 'with this status'
post carla@test.example move@v.example x@far.example
t_like "$(cat "$T/out")" '"dsn":"5.1.6".*the user has moved to new@far.example' 'a user who has moved'

# Virtual mailboxes.
post al@test.example box+lists@m.example file@m.example
t_is "$(find "$T/vmail/m.example/box/new" -type f | grep -c .)" 1 'a Maildir below virtual_mailbox_base'
t_is "$(grep -c '^Subject:' "$T/vmail/m.example/file")" 1 'an mbox'
t_is "$(find "$T/vmail/m.example" -type f ! -user "$user" | grep -c .)" 0 'of the user in virtual_uid_maps'
t_like "$(cat "$T"/vmail/m.example/box/new/*)" '^Delivered-To: box\+lists@m.example$' 'for the whole address'
printf 'box@m.example  ../escape/\n' >"$T/vmailbox"
post al@test.example box@m.example
t_like "$(cat "$T/out")" '"status":"deferred".*is not a path below virtual_mailbox_base' 'a path that leaves it: mail waits'
t_is "$(ls "$T/escape" 2>/dev/null)" '' 'and nothing is written'
printf 'box@m.example  m.example/box/\n' >"$T/vmailbox"
mta-relay --once --all >/dev/null 2>&1
t_is "$(find "$T/vmail/m.example/box/new" -type f | grep -c .)" 2 'until it is mended'

# A table that is broken, missing, or in a loop.
echo 'far.example nosuch:' >>"$T/transport"
post al@test.example x@far.example
t_like "$(cat "$T/out")" '"status":"deferred".*"dsn":"4.3.5".*transport:6: .*nosuch.* is no transport' 'a line that is none'
rm "$T/transport"
mta-relay --once --all --json >"$T/out" 2>&1
t_like "$(cat "$T/out")" '"status":"deferred".*transport_maps: there is no' 'a table that is gone'
echo 'far.example :' >"$T/transport"
mta-relay --once --all >/dev/null 2>&1
t_is "$(t_queue_count)" 0 'it is there again: all is delivered'
printf 'a@v.example b@v.example\nb@v.example a@v.example\n' >"$T/virtual"
printf 'x\n' | sendmail -i -f carla@test.example a@v.example >"$T/out" 2>"$T/err"
t_like "$(cat "$T/err")" 'aliases lead in a loop: a@v.example -> b@v.example -> a@v.example' 'a loop is refused'

# What sendmail makes of the header.
printf 'al@v.example -\ncarla Carla.X@test.example\n' >"$T/canonical"
printf 'x@test.example y@far.example\n' >"$T/recipients"
printf 'sender_canonical_maps = %s\nrecipient_canonical_maps = %s\n' "$T/canonical" "$T/recipients" >>"$LETTERBOX_CONF"
forget
printf 'From: carla (C)\nTo: "carla" <x>, carla\nSubject: carla\n\nbody\n' | sendmail -ti -f carla --lint >"$T/lint"
t_like "$(cat "$T/lint")" '^rewrote 1 address in From$' '--lint says that an address is another'
printf 'From: carla (C)\nTo: "carla" <x>, z@far.example\nSubject: carla\n\nbody\n' | sendmail -ti -f carla
cat "$SPOOL"/new/* >"$T/queued"
mta-relay --once --all --json >"$T/out" 2>&1
t_is "$(heard)" 'one y@far.example;one z@far.example;' 'recipients of -t, too'
t_like "$(cat "$T/one.said")" 'MAIL FROM:<Carla\.X@test\.example>' 'the envelope sender'
t_like "$(cat "$T/queued")" '^From: Carla\.X@test\.example \(C\)' 'From'
t_like "$(cat "$T/queued")" '^To: "carla" <y@far\.example>, z@far\.example' 'To'
t_like "$(cat "$T/queued")" '^Subject: carla$' 'and nothing else'
t_done
