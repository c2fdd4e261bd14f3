#!/bin/sh
# SPDX-License-Identifier: ISC
#
# letterbox config: the effective values, where they are from, and what is wrong with a file.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf
conf=$T/test.conf

cat >"$conf" <<'C'
# a comment
myhostname = mail.example.org
message_size_limit =
  20M
smtpd_banner = $myhostname $$5
include more.conf
C
echo 'relayhost = [smtp.example.org]:587' >"$T/more.conf"

t_is "$(letterbox config -C "$conf" myhostname relayhost)" "# $conf:2
myhostname = mail.example.org
# $T/more.conf:1
relayhost = [smtp.example.org]:587" 'values and where they are from'
t_is "$(letterbox config -C "$conf" -h smtpd_banner)" 'mail.example.org $5' 'a value alone'
t_is "$(letterbox config -C "$conf" -n | grep -vc '^#')" 4 '-n: what is set'
t_is "$(letterbox config -C "$conf" -n | sed -n 's/^message_size_limit = //p')" 20M 'a continued line'
t_is "$(LETTERBOX_CONF=$conf letterbox config -h myhostname)" mail.example.org 'LETTERBOX_CONF'
t_is "$(letterbox config -C "$conf" -o myhostname=a.b -o mydomain=c myhostname mydomain)" '# -o
myhostname = a.b
# -o
mydomain = c' '-o wins'
t_is "$(letterbox config -C "$conf" --spool /s queue_directory)" '# --spool
queue_directory = /s' '--spool'
t_is "$(LETTERBOX_SPOOL=/e letterbox config -h queue_directory)" /e 'LETTERBOX_SPOOL'
t_like "$(letterbox config -C "$conf" hopcount_limit)" '^# default$' 'a default'
t_is "$(letterbox config -C "$conf" -v hopcount_limit | wc -l)" 3 '-v: a line of help'

# What is printed says the same when it is read.
letterbox config -C "$conf" >"$T/all.conf"
t_is "$(letterbox config -C "$T/all.conf" | grep -v '^#')" "$(grep -v '^#' "$T/all.conf")" 'the output is a configuration'
t_is "$(grep -vc '^#' "$T/all.conf")" "$(letterbox config | grep -vc '^#')" 'with all parameters'

wrong()
{
	printf "$1" >"$conf"
	t_expect_exit 78 letterbox config -C "$conf"
	t_is "$(cat "$T/err")" "letterbox: $conf:$2" "$2"
	t_is "$(wc -c <"$T/out")" 0 'and nothing else'
}
wrong 'myhostnam = x\n' '1: unknown parameter myhostnam (did you mean myhostname?)'
wrong '\n\nmessage_size_limit = 20X\n' '3: message_size_limit: "20X" is not a size (512, 10k, 20M, 1G)'
wrong 'hopcount_limit = 0\n' '1: hopcount_limit: 0 is less than 1'
wrong 'myorigin = $myorigin\n' '1: myorigin refers to itself through $myorigin'
wrong 'include none.conf\n' "1: cannot read $T/none.conf: No such file or directory"
wrong 'relayhost\n' '1: "relayhost" is not of the form name = value'
wrong 'relayhost = \001\n' '1: the assignment holds a control character'
t_expect_exit 78 letterbox config -C "$T/none"
t_expect_exit 78 letterbox config -o nonsense
t_expect_exit 64 letterbox config myhostnam
t_like "$(cat "$T/err")" 'did you mean myhostname' 'an unknown name on the command line'
# Every applet refuses a file that is wrong, and in the same words.
printf 'relayhots = x\n' >"$conf"
LETTERBOX_CONF=$conf t_expect_exit 78 mailq
t_is "$(cat "$T/err")" "mailq: $conf:1: unknown parameter relayhots (did you mean relayhost?)" 'mailq says the same'
# The files that it names.
printf 'al@x.example bo\nbroken\n' >"$T/virtual"
printf 'postmaster: al\n' >"$T/aliases"
t_conf "virtual_alias_maps=hash:$T/virtual"
t_expect_exit 78 letterbox config --check
t_is "$(cat "$T/err")" "$T/virtual:2: this is not a key and a value with blanks between them" 'a table: file, line, and what is wrong'
t_is "$(cat "$T/out")" '1 table files, 1 entries; 1 errors, 0 warnings' 'and how many'
printf 'al@x.example bo\nAL@x.example al\n' >"$T/virtual"
t_expect_exit 0 letterbox config --check
t_like "$(cat "$T/err")" "^$T/virtual:2: warning: AL@x.example: the entry in $T/virtual:1 counts" 'a warning is no error'
rm "$T/virtual"
t_expect_exit 78 letterbox config --check
t_is "$(cat "$T/err")" "virtual_alias_maps: there is no $T/virtual" 'a table that is missing'
t_conf "virtual_alias_maps=regexp:$T/virtual"
t_expect_exit 78 letterbox config --check
t_like "$(cat "$T/err")" 'virtual_alias_maps: tables of type "regexp" are not read here' 'a type that there is not'
printf 'a.example encrypt\nb.example sometimes\n' >"$T/policy"
printf 'al@x.example al\n' >"$T/logins"
t_conf "smtp_tls_policy_maps=$T/policy" "smtpd_sender_login_maps=$T/logins" "smtp_sasl_password_maps=$T/passwords"
t_expect_exit 78 letterbox config --check
t_like "$(cat "$T/err")" "^$T/policy:2: \"sometimes\" is none of the levels" 'a level of TLS that there is not'
t_like "$(cat "$T/err")" "smtp_sasl_password_maps: there is no $T/passwords" 'passwords that are missing'
t_is "$(tail -n 1 "$T/out")" '2 table files, 3 entries; 2 errors, 1 warnings' 'tables that no route has are looked through, too'

# says WANT NAME [PARAMETER...]: what --check says of a configuration with these, the rest being right.
says()
{
	want=$1 name=$2
	shift 2
	t_conf "$@"
	t_run letterbox config --check
	t_like "$(cat "$T/err")" "$want" "$name"
}

# What is right by itself, and wrong here or beside another parameter.
printf '[a.example]:587 x:y\n' >"$T/passwords"
chmod 600 "$T/passwords"
says '^letterbox.conf: mynetworks: "10.0.0.0/33": ' 'a network that is none' mynetworks=10.0.0.0/33
says '^tls_cert_file: cannot open /no/where: ' 'a certificate that is not there' tls_cert_file=/no/where
says "$T/letterbox.conf:[0-9]+: mail_location: \"Maildir\" is neither" 'a mailbox that is none' mail_location=Maildir
says "$T/letterbox.conf:[0-9]+: mail_location: \"maildri:/var/mail/%u\" is neither" 'a scheme that there is not' mail_location=maildri:/var/mail/%u
says "$T/letterbox.conf:[0-9]+: mail_location \"maildir:/var/mail/%l\": there is %u .* but no %l" 'a variable that there is not' \
	mail_location=maildir:/var/mail/%l
says "$T/letterbox.conf:[0-9]+: quota_rule \"\*:storage=1X\": " 'a quota that is none' 'quota_rule=*:storage=1X'
says "$T/letterbox.conf:[0-9]+: relayhost: \"mx.example:2S\": this is no port number" 'a port that is none' relayhost=mx.example:2S
says '^list_directory: there is no /no/where$' 'lists that are not there' list_directory=/no/where
says '^letterbox: alias_maps: there is no /no/where$' 'aliases that are not there' alias_maps=/no/where
{
	echo "al:x::::$T/home/al::"
	echo "bo:x::::$T/home/bo::userdb_mail=Maildir"
	echo "carla:x::::$T/home/carla::userdb_quota_rule=1G"
} >"$T/careless"
says "^users_file: $T/careless:2: mail_location \"Maildir\" is neither" 'a mailbox in the users file' "users_file=$T/careless"
says "^users_file: $T/careless:3: quota_rule \"1G\" does not begin" 'a quota there' "users_file=$T/careless"
echo 'al:x::::::' >"$T/homeless"
says "^users_file: $T/homeless:1: mail_location needs the home directory of al, which has none$" 'a users file without homes' "users_file=$T/homeless" \
	'mail_location=maildir:~/Maildir'
says '^smtp_sasl_password_maps: warning: smtp_sasl_auth_enable is no: ' 'passwords for nothing' "smtp_sasl_password_maps=$T/passwords"
says '^smtp_sasl_auth_enable: warning: smtp_sasl_password_maps is empty: ' 'logins without passwords' smtp_sasl_auth_enable=yes
says '^smtp_sasl_password_maps: warning: nothing is there for relayhost, \[b.example\]:587: ' 'no password for the relayhost' \
	smtp_sasl_auth_enable=yes "smtp_sasl_password_maps=$T/passwords" 'relayhost=[b.example]:587'
says '^$' 'a password for the relayhost' smtp_sasl_auth_enable=yes "smtp_sasl_password_maps=$T/passwords" 'relayhost=[a.example]:587'
says '^myorigin: warning: mx.test.example is none of the domains of this machine: ' 'mail for root leaves the machine' myorigin=mx.test.example
says '^$' 'as it should where there is a relayhost' myorigin=mx.test.example 'relayhost=[a.example]:587'
if [ "$(id -u)" -eq 0 ]; then
	chown 65534:65534 "$SPOOL" 2>/dev/null || { mkdir -p "$SPOOL" && chown 65534:65534 "$SPOOL"; }
	chmod 600 "$T/users"
	says '^users_file: .* cannot read .*/users, and smtpd looks for recipients as ' 'a users file that smtpd cannot read'
	chgrp 65534 "$T/users"
	chmod 640 "$T/users"
	says '^$' 'and one that it can'
fi
t_done
