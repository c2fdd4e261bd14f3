#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The examples in the manual that need somebody to log in: mta-relay(8) with a password and with OAuth2, and
# smtpd_sender_login_maps of letterbox.conf(5). They are taken from the pages; hosts and ports are ours.
. "${0%/*}/../../support/lib.sh"
. "${0%/*}/../../support/ca.sh"
t_init
[ -e "${LETTERBOX%/*}/modules/curl.so" ] || t_skip_all 'built without libcurl'
t_ca good
t_cert host good 127.0.0.1 localhost

# block PAGE TEXT: the literal block of the page that has the text in it.
block()
{
	awk -v text="$2" '
		/^\.Bd -literal/ { inside = 1; block = ""; next }
		/^\.Ed/ {
			if (inside && index(block, text)) {
				printf "%s", block
				exit
			}
			inside = 0
		}
		inside { block = block $0 "\n" }' "$TOP/man/$1"
}

# here: our names in the place of the page's.
here()
{
	sed -e "s#/etc/letterbox/#$T/etc/#g" -e "s#smtp\.example\.net\]:587#localhost]:$smtp#g" \
		-e "s#login\.example\.net#localhost:$web#g"
}

mkdir "$T/web" "$T/etc"
: >"$T/tokens"
echo 3600 >"$T/web/expires_in"
t_start provider "$TOP/tests/support/provider.py" smtp --cert "$T/host.pem" --auth 'PLAIN XOAUTH2' --user al@example.net \
	--password 'correct horse battery' --tokens "$T/tokens" --log "$T/provider.said"
t_port provider || t_done
smtp=$PORT
t_start web "$TOP/tests/support/provider.py" https --cert "$T/host.pem" --dir "$T/web" --client letterbox:s3cret \
	--refresh 1//0gA7xyz --tokens "$T/tokens" --log "$T/web.said"
t_port web || t_done
web=$PORT

# deliver: a message by the configuration; its outcome.
deliver()
{
	rm -rf "$SPOOL"
	t_conf delivery_mode=queue "smtp_tls_CAfile=$T/good.crt"
	block mta-relay.8 'smtp_sasl_auth_enable = yes' | here >>"$LETTERBOX_CONF"
	letterbox config --check >"$T/checked" || t_note <"$T/checked"
	printf 'Subject: x\n\nbody\n' | sendmail -i -f al@test.example a@far.example
	mta-relay --once --json 2>&1
}

umask 077
block mta-relay.8 'correct horse battery' | here >"$T/etc/passwords"
t_like "$(deliver)" '"status":"sent"' 'mta-relay(8): a password'
block mta-relay.8 'oauth2:' | here >"$T/etc/passwords"
block mta-relay.8 'refresh_token' | here >"$T/etc/oauth2"
t_like "$(deliver)" '"status":"sent"' 'mta-relay(8): OAuth2'
t_like "$(cat "$T/web.said")" GRANTED 'a token was fetched'
umask 022

# ---- who may send as whom ----
block letterbox.conf.5 'sales@example.org' >"$T/etc/senders"
t_like "$(cat "$T/etc/senders")" '^@example.net ' 'letterbox.conf(5) has the table'
t_user al '{PLAIN}secret:::::'
t_user bo '{PLAIN}secret:::::'
t_conf "$(grep -h 'Dl smtpd_sender_login_maps = ' "$TOP/man/letterbox.conf.5" | sed -e 's/^.Dl //' -e 's/ = /=/' |
	sed "s#/etc/letterbox\.#$T/etc/#")"
t_start_smtpd --submission || t_done
export SMTP_PORT
t_is "$(python3 - <<'END'
import os, smtplib
for user in "al", "bo":
    c = smtplib.SMTP("127.0.0.1", int(os.environ["SMTP_PORT"]), timeout=30)
    c.login(user, "secret")
    for sender in "sales@example.org", "any@example.net", "al@test.example":
        print(user, sender, c.mail(sender)[0])
        c.rset()
END
)" 'al sales@example.org 250
al any@example.net 553
al al@test.example 553
bo sales@example.org 250
bo any@example.net 250
bo al@test.example 553' 'smtpd_sender_login_maps'
t_done
