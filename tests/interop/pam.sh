#!/bin/sh
# SPDX-License-Identifier: ISC
#
# pam.sh - pop3d, built with PAM=yes, asks the system's PAM: passwords, accounts that are locked or have expired, and
# what the service's file says. Only for use inside tests/support/peer; B is that build.
. "${0%/*}/../support/lib.sh"

t_init
useradd -m ada 2>/dev/null
echo 'ada:ganz geheim' | chpasswd || t_skip_all 'no password can be set'
service()
{
	printf '%s\n' "$@" >/etc/pam.d/letterbox
}
service 'auth required pam_unix.so' 'account required pam_unix.so'
mkdir -p /home/ada/Maildir/new /home/ada/Maildir/cur /home/ada/Maildir/tmp
printf 'Subject: x\n\ny\n' >/home/ada/Maildir/new/1.pam.test
chown -R ada: /home/ada
t_conf users_file= 'mail_location=maildir:~/Maildir' mail_owner=nobody auth_failure_delay=0 mynetworks=127.0.0.0/8
t_start pop3d pop3d --listen 127.0.0.1:0 --foreground
t_port pop3d || t_done
export PORT

# attempt NAME PASSWORD: what PASS is answered.
attempt()
{
	python3 - "$@" <<'END'
import os, poplib, sys
c = poplib.POP3("127.0.0.1", int(os.environ["PORT"]), timeout=20)
try:
    c.user(sys.argv[1])
    print(c.pass_(sys.argv[2]).decode())
    c.quit()
except poplib.error_proto as e:
    print(e.args[0].decode())
END
}

t_like "$(attempt ada 'ganz geheim')" '^\+OK Logged in, 1 message' 'the right password'
t_like "$(attempt ada 'ganz')" '^-ERR \[AUTH\]' 'a wrong one'
t_like "$(attempt ada '')" '^-ERR' 'none'
t_like "$(attempt nobody-here 'ganz geheim')" '^-ERR \[AUTH\]' 'a user who is not there'
usermod -L ada
t_like "$(attempt ada 'ganz geheim')" '^-ERR \[AUTH\]' 'an account that is locked'
usermod -U ada
t_like "$(attempt ada 'ganz geheim')" '^\+OK' 'and unlocked'
chage -E 1 ada
t_like "$(attempt ada 'ganz geheim')" '^-ERR \[AUTH\]' 'an account that has expired'
chage -E -1 ada
service 'auth required pam_unix.so' 'account required pam_deny.so'
t_like "$(attempt ada 'ganz geheim')" '^-ERR \[AUTH\]' 'the service lets nobody in'
service 'auth required pam_permit.so' 'account required pam_permit.so'
t_like "$(attempt ada 'anything')" '^\+OK' 'the service lets everybody in'
t_like "$(attempt nobody-here 'anything')" '^-ERR \[AUTH\]' 'but who has no account has no mailbox'
service 'auth required pam_no_such_module.so'
t_like "$(attempt ada 'ganz geheim')" '^-ERR' 'a service that is broken lets nobody in'
t_unlike "$(cat "$T/pop3d.log")" 'geheim' 'no password is in the log'
t_done
