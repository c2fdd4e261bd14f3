#!/bin/sh
# SPDX-License-Identifier: ISC
#
# default_transport=pipe:COMMAND: mail for other machines goes by UUCP, or whatever else there is a program for.
. "${0%/*}/../../support/lib.sh"
t_init

# uux: says in a file what it was given; a job named "busy" cannot be taken now.
cat >"$T/uux" <<U
#!/bin/sh
case \$* in *'(busy@'*) echo 'no lock'; exit 75;; *'(never@'*) exit 68;; esac
{ for a; do printf '%s\n' "\$a"; done; echo --; cat; } >"$T/job"
U
chmod 755 "$T/uux"
if [ "$(id -u)" -eq 0 ]; then chmod 777 "$T"; fi

conf()
{
	t_conf delivery_mode=queue "default_transport=pipe:$1" relayhost=
}

conf "flags=Fh $T/uux -r - host!rmail (\$\$recipient)"
printf 'Subject: x\n\nFrom me\n.\nlast\n' | sendmail -i -f al@test.example Bo@far.example c@far.example
mta-relay --once --json >"$T/out" 2>&1
t_is "$(grep -c '"status":"sent".*"relay":"pipe"' "$T/out")" 2 'both recipients are sent'
t_is "$(sed '/^--$/q' "$T/job" | tr '\n' ' ')" '-r - host!rmail (Bo@far.example) (c@far.example) -- ' 'with these arguments'
t_like "$(sed '1,/^--$/d' "$T/job" | head -n 1)" '^From al@test\.example  .* remote from test\.example$' 'a From line that rmail understands'
t_is "$(tail -n 4 "$T/job")" '
From me
.
last' 'and the message as it is'

printf 'Subject: x\n\n' | sendmail -i -f al@test.example busy@far.example
mta-relay --once --json >"$T/out" 2>&1
t_like "$(cat "$T/out")" '"status":"deferred".*"text":"command exited with 75 \(temporary failure\): no lock"' 'a program that has no time is tried again'
printf 'Subject: x\n\n' | sendmail -i -f al@test.example never@far.example
mta-relay --once --json >"$T/out" 2>&1
t_like "$(cat "$T/out")" '"status":"bounced".*"dsn":"5.1.2".*command exited with 68 \(host unknown\)' 'one that knows better is believed'
t_is "$(t_mail_count al)" 1 'and the sender is told'

# No address is read as an option, or by a shell.
conf "$T/uux \$\$recipient"
rm -f "$T/job"
printf 'Subject: x\n\n' >"$T/message"
sendmail -i -f al@test.example -- -X/tmp/evil@far.example '"`id`"@far.example' <"$T/message"
mta-relay --once --json >"$T/out" 2>&1
t_like "$(cat "$T/out")" '"status":"bounced".*"dsn":"5.1.3".*cannot be given to a command' 'an address with a leading "-" is refused'
t_is "$(sed '/^--$/q' "$T/job" | head -n 1)" '`id`@far.example' 'and the shell is not asked'

# A program that is not there: somebody will install it.
conf "/nonexistent/uux \$\$recipient"
printf 'Subject: x\n\n' | sendmail -i -f al@test.example d@far.example
mta-relay --once --json >"$T/out" 2>&1
t_like "$(cat "$T/out")" '"status":"deferred".*/nonexistent/uux' 'a missing program is a matter of time'
t_done
