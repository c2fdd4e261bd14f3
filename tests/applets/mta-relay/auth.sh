#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Logging in at a provider: mechanisms, TLS, tokens, proxies; and where the secrets must not be.
# shellcheck disable=SC2154 # t_pid is set there
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/ca.sh"
t_init
[ -e "${LETTERBOX%/*}/modules/curl.so" ] || t_skip_all 'built without libcurl'

t_ca good
t_ca other
t_cert host good 127.0.0.1 localhost mail.provider.example
t_cert bad other 127.0.0.1 localhost
t_cert elsewhere good elsewhere.example
t_cert me good me.example

# provider NAME ROLE OPTION...: on PORT; its log is $T/NAME.said.
provider()
{
	name=$1
	shift
	rm -f "$T/$name.said" "$T/$name.log"
	t_start "$name" "$TOP/tests/support/provider.py" "$@" --log "$T/$name.said"
	t_port "$name" || t_done
}

# secret FILE: standard input, for nobody else.
secret()
{
	rm -f "$T/$1"
	(umask 077 && cat >"$T/$1")
}

# conf HOST:PORT [NAME=VALUE...]
conf()
{
	relayhost=$1
	shift
	rm -rf "$SPOOL"
	t_conf delivery_mode=queue "relayhost=$relayhost" smtp_sasl_auth_enable=yes \
		"smtp_sasl_password_maps=hash:$T/passwords" "smtp_tls_CAfile=$T/good.crt" smtp_helo_timeout=5 "$@"
}

# deliver TEXT: one message; the outcome in $T/json, the dialogue in $T/dialogue.
deliver()
{
	printf 'Subject: %s\n\nbody\n' "$1" | sendmail -i -f "${2:-al@test.example}" a@far.example
	mta-relay --once --all -v --json >"$T/dialogue" 2>"$T/err"
	grep '^{' "$T/dialogue" >"$T/json"
	cat "$T/dialogue" "$T/err" >>"$T/everything"
}

sent()
{
	t_like "$(cat "$T/json")" '"status":"sent"' "$1"
	grep -q '"status":"sent"' "$T/json" || t_note <"$T/dialogue"
}

deferred()
{
	t_like "$(cat "$T/json")" "\"status\":\"deferred\".*$1" "$2"
}

password='s3cr:et pass\word"'
coded=$(printf '%s' "$password" | base64)
plain=$(printf '\0al@provider.example\0%s' "$password" | base64 | tr -d '\n')

# ---- each mechanism, with STARTTLS ----
for mechanism in PLAIN LOGIN CRAM-MD5; do
	provider smtp smtp --cert "$T/host.pem" --tls-only --auth "$mechanism" --user al@provider.example --password "$password"
	printf '# by host and port\n[127.0.0.1]:%s   al@provider.example:%s\n' "$PORT" "$password" | secret passwords
	conf "[127.0.0.1]:$PORT"
	deliver "with $mechanism"
	sent "$mechanism after STARTTLS"
	t_is "$(grep -E '^(AUTH|STARTTLS|TLS|MAIL|EHLO|\| Subject)' "$T/smtp.said" | cut -d' ' -f1,2 | tr '\n' ,)" \
		"EHLO test.example,STARTTLS,TLS ,EHLO test.example,AUTH $mechanism,AUTH $mechanism,EHLO test.example,MAIL FROM:<al@test.example>,| Subject:," \
		"$mechanism: what the server saw"
	t_stop "$t_pid"
done
t_like "$(cat "$T/dialogue")" '^>>> AUTH CRAM-MD5' 'the dialogue shows how it logs in'
t_like "$(cat "$T/dialogue")" '^>>> MAIL FROM:<al@test.example>' 'and the transaction'

# Two messages ride on one connection, one behind the other.
provider smtp smtp --cert "$T/host.pem" --auth 'PLAIN LOGIN' --user al@provider.example --password "$password"
printf '[127.0.0.1]:%s al@provider.example:%s\n' "$PORT" "$password" | secret passwords
conf "[127.0.0.1]:$PORT" default_destination_concurrency_limit=1
for number in 1 2 3 4 5; do
	printf 'Subject: %s\n\n%s\n' "$number" "$(head -c 20000 /dev/zero | tr '\0' x | fold -w 70)" | sendmail -i -f al@test.example a@far.example
done
mta-relay --once --json >"$T/json" 2>"$T/err"
t_is "$(grep -c '"status":"sent"' "$T/json")" 5 'five messages'
t_is "$(grep -c '^| Subject' "$T/smtp.said")" 5 'arrive'
t_is "$(grep -c CONNECT "$T/smtp.said")" 1 'on one connection'
t_is "$(grep -c '^AUTH PLAIN al@' "$T/smtp.said")" 1 'and one login'

# ---- whose password ----
printf '127.0.0.1 al@provider.example:%s\n' "$password" | secret passwords
deliver 'by host alone'
sent 'a key without brackets and port'
printf '[other.example]:25 x:y\n' | secret passwords
: >"$T/smtp.said"
conf "[127.0.0.1]:$PORT"
deliver 'no entry'
t_is "$(grep -c AUTH "$T/smtp.said")" 0 'no entry: nobody logs in'
printf 'carla@test.example al@provider.example:%s\n[127.0.0.1]:%s al@provider.example:wrong\n' "$password" "$PORT" | secret passwords
conf "[127.0.0.1]:$PORT" smtp_sender_dependent_authentication=yes
deliver 'by sender' carla@test.example
sent 'a sender has a password of her own'
deliver 'another' bo@test.example
deferred '"dsn":"4.7.8"' 'who has none gets that of the host'

# The filter, and what may be used without TLS.
printf '127.0.0.1 al@provider.example:%s\n' "$password" | secret passwords
conf "[127.0.0.1]:$PORT" 'smtp_sasl_mechanism_filter=!plain, login'
deliver 'filtered'
sent 'a filter'
t_like "$(cat "$T/smtp.said")" '^AUTH LOGIN al@' 'leaves one'
conf "[127.0.0.1]:$PORT" smtp_sasl_mechanism_filter=cram-md5
deliver 'filtered out'
deferred '"dsn":"4.7.8".*no mechanism that the server offers may be used' 'or none'
conf "[127.0.0.1]:$PORT" smtp_tls_security_level=none
deliver 'in clear'
deferred '"dsn":"4.7.8"' 'no password in clear'
t_unlike "$(cat "$T/smtp.said")" 'in clear' 'and no mail without'
conf "[127.0.0.1]:$PORT" smtp_tls_security_level=none smtp_sasl_security_options=
deliver 'in clear after all'
sent 'unless that is wanted'

# ---- what goes wrong ----
printf '127.0.0.1 al@provider.example:%s\n' "wrong-$password" | secret passwords
conf "[127.0.0.1]:$PORT"
deliver 'wrong password'
deferred '"reply":454,"dsn":"4.7.8".*the server said: 535 5.7.8 Error: authentication failed' 'a wrong password: mail waits, in the words of the server'
t_is "$(t_queue_count)" 1 'and is not lost'
t_run letterbox doctor a@far.example
t_like "$STATUS $(tail -n 1 "$T/out")" '^75 FAILED  result +login: .*the server said: 535 5.7.8 Error: authentication failed' \
	'letterbox doctor logs in, too'
printf '127.0.0.1 al@provider.example:%s\n' "$password" | secret passwords
t_run letterbox doctor a@far.example
t_like "$STATUS $(cat "$T/out")" '^0 ' 'and says'
t_like "$(cat "$T/out")" "^ok +login +127.0.0.1\[127.0.0.1\]:[0-9]+: as al@provider.example$" 'as whom'
t_like "$(tail -n 1 "$T/out")" '^ok +result +mail for a@far.example would be taken$' 'the rest goes on from there'
t_unlike "$(cat "$T/out" "$T/err")" "$coded|$plain|s3cr:et" 'without the password'
printf '127.0.0.1 oauth2:%s\n' "$T/oauth" | secret passwords
printf 'user al\ntoken_endpoint https://127.0.0.1:1/\nclient_id x\nrefresh_token y\n' | secret oauth
t_run letterbox doctor a@far.example
t_like "$STATUS $(cat "$T/out")" '^0 ' 'an access token'
t_like "$(cat "$T/out")" '^ok +login .* with OAuth2, as only mta-relay does' 'is for mta-relay'
t_like "$(tail -n 1 "$T/out")" 'finds its way$' 'so the recipient was not asked for'
chmod 644 "$T/passwords"
t_run letterbox doctor a@far.example
t_like "$STATUS $(tail -n 1 "$T/out")" '^75 FAILED  result +login: .*mode 644' 'a file that everybody may read'
t_stop "$t_pid"
printf '127.0.0.1 al@provider.example:%s\n' "$password" | secret passwords
conf "[127.0.0.1]:$PORT"
deliver 'nobody there'
deferred '"dsn":"4.4.1".*127.0.0.1:[0-9]*: connecting: Connection refused' 'a host that is down, and why'

good()
{
	printf '127.0.0.1 al@provider.example:%s\n' "$password" | secret passwords
}
good
provider smtp smtp --cert "$T/host.pem" --auth PLAIN --user al@provider.example --password other --refuse '535 5.7.8 I do not like %s'
conf "[127.0.0.1]:$PORT"
deliver 'a server that repeats it'
deferred 'what we sent it' 'a server that repeats what it was sent is not quoted'
t_stop "$t_pid"

provider smtp smtp --cert "$T/host.pem"
conf "[127.0.0.1]:$PORT"
deliver 'no AUTH'
deferred '"dsn":"4.7.8"' 'a server without AUTH gets no mail'
t_unlike "$(cat "$T/smtp.said")" '^MAIL' 'not even MAIL'
t_stop "$t_pid"

provider smtp smtp --auth PLAIN --user al@provider.example --password "$password"
conf "[127.0.0.1]:$PORT"
deliver 'no STARTTLS'
deferred '"dsn":"4.7.4"' 'a server without STARTTLS gets no password'
t_unlike "$(cat "$T/smtp.said")" '^AUTH' 'nor is it asked for'
t_stop "$t_pid"

for cert in bad elsewhere; do
	provider smtp smtp --cert "$T/$cert.pem" --auth PLAIN --user al@provider.example --password "$password"
	conf "[127.0.0.1]:$PORT"
	deliver "certificate: $cert"
	deferred '"dsn":"4.7.5"' "the certificate: $cert"
	t_unlike "$(cat "$T/smtp.said")" '^AUTH' 'no password for it'
	conf "[127.0.0.1]:$PORT" smtp_tls_security_level=encrypt
	deliver "certificate: $cert"
	sent "smtp_tls_security_level=encrypt asks for none ($cert)"
	t_stop "$t_pid"
done

provider smtp smtp --cert "$T/host.pem" --auth PLAIN --user al@provider.example --password "$password" --inject
conf "[127.0.0.1]:$PORT"
deliver 'injected'
t_like "$(cat "$T/json")" '"status":"deferred"' 'what was said before TLS and is not for it'
t_unlike "$(cat "$T/smtp.said")" '^AUTH' 'ends it'
t_stop "$t_pid"

for verb in EHLO STARTTLS AUTH MAIL; do
	provider smtp smtp --cert "$T/host.pem" --auth PLAIN --user al@provider.example --password "$password" --hang-up $verb
	conf "[127.0.0.1]:$PORT"
	deliver "gone at $verb"
	t_like "$(cat "$T/json")" '"status":"deferred".*"dsn":"4\.[0-9.]*"' "a server that is gone at $verb"
	t_stop "$t_pid"
done
conf '[127.0.0.1]:1'
deliver 'nobody'
deferred '"dsn":"4.4.1"' 'nobody there'

# ---- TLS from the first octet, a client certificate ----
provider smtp smtp --cert "$T/host.pem" --wrapper --auth PLAIN --user al@provider.example --password "$password"
conf "[127.0.0.1]:$PORT" smtp_tls_wrappermode=yes
deliver 'wrapped'
sent 'TLS from the first octet'
t_unlike "$(cat "$T/smtp.said")" '^STARTTLS' 'needs no STARTTLS'
t_stop "$t_pid"
provider smtp smtp --cert "$T/host.pem" --ca "$T/good.crt" --auth EXTERNAL
printf '127.0.0.1 al@provider.example:\n' | secret passwords
conf "[127.0.0.1]:$PORT" "smtp_tls_cert_file=$T/me.pem"
chmod 600 "$T/me.pem"
deliver 'with a certificate'
sent 'EXTERNAL: our certificate says who we are'
t_like "$(cat "$T/smtp.said")" '^TLS .*me.example' 'it was shown'
t_stop "$t_pid"

# ---- proxies: the name is looked up there ----
good
for kind in socks connect; do
	provider smtp smtp --cert "$T/host.pem" --auth PLAIN --user al@provider.example --password "$password"
	at=$PORT
	smtp_pid=$t_pid
	provider proxy "$kind"
	printf '[mail.provider.example]:%s al@provider.example:%s\n' "$at" "$password" | secret passwords
	[ "$kind" = socks ] && proxy=socks5h || proxy=http
	conf "[mail.provider.example]:$at" "smtp_proxy=$proxy://127.0.0.1:$PORT"
	deliver "through $kind"
	sent "through $proxy"
	t_is "$(cat "$T/proxy.said")" 'mail.provider.example PORT' 'by name'
	t_stop "$smtp_pid"
	t_stop "$t_pid"
done

# ---- where the password comes from ----
provider smtp smtp --cert "$T/host.pem" --auth PLAIN --user al@provider.example --password "$password"
printf 'al@provider.example:%s\n' "$password" | secret line
printf '127.0.0.1 !cat %s\n' "$T/line" | secret passwords
conf "[127.0.0.1]:$PORT"
deliver 'from a command'
sent 'a command prints it'
printf '127.0.0.1 !sh %s\n' "$T/fails" | secret passwords
printf "echo '%s'; exit 3\n" "$password" >"$T/fails"
conf "[127.0.0.1]:$PORT"
deliver 'a command that fails'
deferred '"dsn":"4.3.5".*passwords:1: sh failed with status 3' 'a command that fails'
printf '127.0.0.1 !%s/none\n' "$T" | secret passwords
conf "[127.0.0.1]:$PORT"
deliver 'no command'
deferred '"dsn":"4.3.5".*passwords:1: ' 'a command that is none'
mkdir -p "$T/credentials"
cp "$T/line" "$T/credentials/smtp"
CREDENTIALS_DIRECTORY=$T/credentials
export CREDENTIALS_DIRECTORY
for value in credential:smtp "\$CREDENTIALS_DIRECTORY/smtp"; do
	printf '127.0.0.1 %s\n' "$value" | secret passwords
	conf "[127.0.0.1]:$PORT"
	deliver 'from systemd'
	sent "$value"
done
printf '127.0.0.1 credential:../line\n' | secret passwords
conf "[127.0.0.1]:$PORT"
deliver 'out of the directory'
deferred 'no name of a credential' 'not from elsewhere'
unset CREDENTIALS_DIRECTORY
printf '127.0.0.1 %s\n' "$password-without-a-user" | tr -d : | secret passwords
conf "[127.0.0.1]:$PORT"
deliver 'no user'
deferred 'passwords:1: this is no ..?user:password' 'a line that is none is named, and not shown'
good
chmod 644 "$T/passwords"
conf "[127.0.0.1]:$PORT"
deliver 'for everybody'
deferred '"dsn":"4.3.5".*others may read' 'a file that others may read is not used'
rm -f "$T/passwords"
conf "[127.0.0.1]:$PORT"
deliver 'gone'
deferred '"dsn":"4.3.5".*passwords' 'nor is one that is missing taken for an empty one'
good

# As root the relay reads what its workers, who are the spool's owner, may not.
if [ "$(id -u)" -eq 0 ]; then
	conf "[127.0.0.1]:$PORT" mail_owner=nobody
	deliver 'as root'
	sent 'root reads the password before the worker drops its rights'
	# shellcheck disable=SC2012 # one file of ours
	t_is "$(ls -ld "$SPOOL" | cut -d' ' -f3)" nobody 'the spool is not root'"'"'s'
fi

# In no argument list and no environment.
conf "[127.0.0.1]:$PORT" delivery_mode=background
t_start_relay
t_wait 10 test -p "$SPOOL/trigger"
printf 'Subject: watched\n\n' | sendmail -i -f al@test.example a@far.example
t_wait 10 grep -q '| Subject: watched' "$T/smtp.said" || t_fail 'the daemon delivers'
for process in "$RELAY_PID" $(cat "/proc/$RELAY_PID/task/$RELAY_PID/children" 2>/dev/null); do
	tr '\0' '\n' <"/proc/$process/cmdline" >>"$T/everything" 2>/dev/null
	tr '\0' '\n' <"/proc/$process/environ" >>"$T/everything" 2>/dev/null
done
t_stop "$RELAY_PID"
cat "$T/relay.log" >>"$T/everything"
t_stop "$t_pid"

# ---- OAuth2 ----
mkdir "$T/web"
: >"$T/tokens"
provider web https --cert "$T/host.pem" --dir "$T/web" --tokens "$T/tokens" --client 'letter&box:client s3cret' \
	--refresh refresh-t0ken/1 --rotate
web=$PORT
provider smtp smtp --cert "$T/host.pem" --tls-only --auth 'PLAIN XOAUTH2' --tokens "$T/tokens"
secret oauth <<-END
	user            al@provider.example
	token_endpoint = https://localhost:$web/token
	client_id       letter&box
	client_secret   client s3cret
	refresh_token   refresh-t0ken/1
	# scope is not needed here
END
printf '127.0.0.1 oauth2:%s\n' "$T/oauth" | secret passwords
conf "[127.0.0.1]:$PORT"
deliver 'with a token'
sent 'an access token'
t_like "$(cat "$T/smtp.said")" '^AUTH XOAUTH2 al@provider.example' 'by XOAUTH2'
deliver 'with the same'
sent 'and again'
t_is "$(grep -c GRANTED "$T/web.said")" 1 'with the same one'
# shellcheck disable=SC2012
t_like "$(ls -ld "$SPOOL/oauth2" "$SPOOL"/oauth2/*oauth | cut -c1-10 | tr '\n' ' ')" '^drwx------ -rw------- $' 'it is kept for the relay alone'
: >"$T/tokens"
deliver 'revoked'
sent 'one that was revoked is fetched anew'
t_is "$(grep -c GRANTED "$T/web.said")" 2 'at once'
sed -i 's/^expires .*/expires 1000000000/' "$SPOOL"/oauth2/*oauth
deliver 'expired'
sent 'one that is over, too, with the refresh token that was given last'
t_is "$(grep -c GRANTED "$T/web.said")" 3 'and no sooner'
echo 250 >"$T/web/expires_in"
sed -i 's/^expires .*/expires 1000000000/' "$SPOOL"/oauth2/*oauth
deliver 'short'
left=$(($(sed -n 's/^expires //p' "$SPOOL"/oauth2/*oauth) - $(date +%s)))
t_is "$([ "$left" -gt 60 ] && [ "$left" -le 130 ] && echo yes)" yes 'it is used until shortly before its end'
# Four at once ask once.
rm "$T/web/expires_in"
sed -i 's/^expires .*/expires 1000000000/' "$SPOOL"/oauth2/*oauth
granted=$(grep -c GRANTED "$T/web.said")
for number in 1 2 3 4 5 6 7 8; do
	printf 'Subject: %s\n\n' "$number" | sendmail -i -f al@test.example "a@far.example"
done
relays=
for number in 1 2 3 4; do
	mta-relay --once >/dev/null 2>>"$T/everything" &
	relays="$relays $!"
done
# shellcheck disable=SC2086 # several
wait $relays
t_wait 20 t_queue_is_empty
t_is "$(grep -c GRANTED "$T/web.said")" "$((granted + 1))" 'who comes at the same time waits for it'
echo stale >"$T/web/refresh"
sed -i 's/^expires .*/expires 1000000000/' "$SPOOL"/oauth2/*oauth
deliver 'refused'
deferred '"dsn":"4.7.8".*oauth: no access token from https://localhost:[0-9]*/token: status 400, invalid_grant: Token has been expired' \
	'a refresh token that is refused: the provider says why'
# A new one from a person: the file changes, what was kept is forgotten.
sed -i 's/refresh-t0ken.1/refresh-t0ken\/2/' "$T/oauth"
printf 'refresh-t0ken/2' >"$T/web/refresh"
deliver 'mended'
sent 'a new one in the file counts at once'
sed -i 's/^user/usr/' "$T/oauth"
deliver 'misspelt'
deferred 'oauth:1: the names are user, token_endpoint' 'a name that is none'
chmod 640 "$T/oauth"
chmod o+r "$T/oauth"
deliver 'readable'
deferred 'others may read' 'others may not read it'
t_stop "$t_pid"

# ---- where the secrets are not ----
cp "$T/smtp.log" "$T/proxy.log" "$T/web.log" "$T/nothing" 2>/dev/null
find "$SPOOL" -path "$SPOOL/oauth2" -prune -o -type f -exec cat {} + >>"$T/everything"
for word in "$password" "$coded" "$plain" 'client s3cret' client+s3cret client%20s3cret refresh-t0ken rotated- access+token access%2B; do
	t_is "$(grep -cF -e "$word" "$T/everything")" 0 "not in a log, a queue file, an argument: $(printf '%s' "$word" | cut -c1-12)..."
done
t_like "$(cat "$T/everything")" '^>>> AUTH PLAIN \*\*\*' 'where it was said there are stars'
t_done
