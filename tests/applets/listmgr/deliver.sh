#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Mail for a list through smtpd and mta-relay; from an alias, as another mail system has it; and what the sender is told.
# Then many commands at a time.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf myorigin=test.example mydestination=test.example
listmgr create --owner bo@test.example friends posting=members >/dev/null
listmgr add friends al@test.example carla@test.example
t_start_smtpd

# submit SENDER RECIPIENT: one message, by SMTP.
submit()
{
	python3 - "$SMTP_PORT" "$@" <<'END'
import smtplib, sys
s = smtplib.SMTP("127.0.0.1", int(sys.argv[1]))
s.sendmail(sys.argv[2], [sys.argv[3]], f"From: {sys.argv[2]}\r\nTo: {sys.argv[3]}\r\nSubject: hops\r\n\r\nfresh\r\n")
s.quit()
END
}
is_empty() { mta-relay --once && [ -z "$(mailq --json)" ]; }

# in_box USER TEXT: how many messages of the user have the text?
in_box()
{
	cat "$T/home/$1/Maildir/new/"* 2>/dev/null | grep -c "$2"
}

submit al@test.example friends@test.example
t_wait 20 is_empty
t_is "$(in_box al '^List-Id: .*friends.test.example') $(in_box carla '^Subject: hops')" '1 1' \
	'a post goes by smtpd and mta-relay to the members'

# The alias of another mail system; the extension says what is asked.
printf 'talk: "|%s listmgr -C %s deliver friends"\n' "$LETTERBOX" "$LETTERBOX_CONF" >"$T/aliases"
chmod 644 "$T/aliases"
printf 'From: al@test.example\nTo: talk@test.example\nSubject: malt\nMessage-ID: <malt@test.example>\n\ndark\n' >"$T/malt"
SENDER=al@test.example RECIPIENT=talk@test.example listmgr deliver friends <"$T/malt"
t_is $? 0 'a post comes by an alias of another name'
t_wait 20 is_empty
t_is "$(in_box carla '^Subject: malt')" 1 'and reaches the members'
SENDER=eve@test.example RECIPIENT=talk+nonsense@test.example EXTENSION=nonsense listmgr deliver friends <"$T/malt" 2>"$T/err"
t_is "$? $(cut -c 1-6 "$T/err")" '67 5.1.1 ' 'a word that is not known is told'
SENDER='' RECIPIENT=friends+bounces-0a1xk3f0q8zj2m5tw7c-al=b@test.example listmgr deliver friends <"$T/malt" 2>"$T/err"
t_is "$? $(cut -c 1-6 "$T/err")" '77 5.7.1 ' 'and what was not signed'
printf 'no header\n' | listmgr deliver --sender al@test.example --recipient friends@test.example 2>"$T/err"
t_is "$(cut -c 1-6 "$T/err")" '5.6.0 ' 'and what is no message'
t_expect_exit 67 listmgr deliver --sender al@test.example --recipient nobody@test.example
t_expect_exit 64 listmgr deliver --sender 'al@test.example>
RCPT' --recipient friends@test.example

# While somebody mends a list its mail waits.
cp -p "$SPOOL/lists/friends/config" "$T/config"
echo 'postin = open' >>"$SPOOL/lists/friends/config"
sed 's/malt/wheat/' "$T/malt" >"$T/wheat"
listmgr deliver --sender al@test.example --recipient friends@test.example <"$T/wheat" 2>"$T/err"
t_is "$? $(cut -c 1-6 "$T/err")" '75 4.3.5 ' 'a config that is wrong is no reason to refuse mail'
t_expect_exit 78 listmgr config friends
submit al@test.example friends+help@test.example
cp -p "$T/config" "$SPOOL/lists/friends/config"

# A topic by its address, for those who want it and those who want all.
listmgr config friends 'topics=home-brew, wine'
listmgr members --topics wine friends carla@test.example >/dev/null
submit al@test.example friends+home-brew@test.example
t_wait 20 is_empty
t_is "$(in_box al '^To: friends+home-brew') $(in_box carla '^To: friends+home-brew')" '1 0' \
	'a topic has an address, and goes to whom it is for'
listmgr members --topics home-brew friends carla@test.example >/dev/null
printf 'From: al@test.example\nTo: friends@test.example\nCc: Carla@test.example\nSubject: hop yard\n\n\n' >"$T/yard"
listmgr deliver --sender al@test.example --recipient friends+home-brew@test.example <"$T/yard"
sed 's/yard/vine/' "$T/yard" >"$T/vine"
listmgr members --set nodupes friends carla@test.example >/dev/null
listmgr deliver --sender al@test.example --recipient friends@test.example <"$T/vine"
t_wait 20 is_empty
t_is "$(in_box carla '^Subject: hop yard') $(in_box carla '^Subject: hop vine') $(in_box al '^Subject: hop vine')" \
	'1 0 1' 'and who is in Cc gets no second copy if he wants none'

# What the list refuses it tells in its own words.
listmgr config friends posting=moderators
submit carla@test.example friends@test.example
t_wait 20 is_empty
t_is "$(in_box carla 'only moderators may write') $(in_box carla 'command exited')" '1 0' 'the sender is told why'

listmgr add --welcome friends bo@test.example
t_wait 20 is_empty
t_is "$(in_box bo '^Subject: Welcome to ')" 1 'who is welcomed gets mail'
listmgr remove --goodbye friends bo@test.example
t_is "$(listmgr members --count friends bo@test.example)" 0 'who is told goodbye is gone'
t_expect_exit 64 listmgr add --welcome --owners friends dora@test.example

# Many at a time: nobody is lost, and nobody comes back.
listmgr create --owner bo@test.example crowd >/dev/null
for who in 1 2 3 4 5 6; do
	(
		for i in 1 2 3 4 5 6 7 8; do
			listmgr add crowd "p$who-$i@example.net"
			[ $((i % 4)) -ne 0 ] || listmgr remove crowd "p$who-$i@example.net"
			[ $((i % 5)) -ne 0 ] || listmgr members --set digest crowd "p$who-$i@example.net"
		done
	) &
	crowd="${crowd:-} $!"
done
# shellcheck disable=SC2086 # words
wait $crowd
t_is "$(listmgr members --count crowd) $(listmgr members --count --with digest crowd)" '36 6' 'many commands at a time lose nobody'
t_expect_exit 0 listmgr check crowd
t_done
