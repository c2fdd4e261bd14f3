#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Where no commands are run, the process that delivers to mailboxes is enclosed, and delivers all the same: into
# Maildirs and mbox files of other users, whether they are there or not, with forward files and aliases.
. "${0%/*}/../../support/lib.sh"
t_init
[ "$(id -u)" -eq 0 ] || t_skip_all 'only root delivers for others'
t_user al "{PLAIN}x:65533:65533::$T/home/al::"
t_user bo "{PLAIN}x:65532:65532::$T/home/bo::userdb_mail=mbox:$T/home/bo/mbox"
t_conf delivery_mode=queue allow_mail_to_commands=no allow_mail_to_files=yes
chown 65533:65533 "$T/home/al"
chown 65532:65532 "$T/home/bo"
chmod 755 "$T/home"
echo "both: al, bo" >>"$T/aliases"
for to in al bo both; do
	printf 'Subject: x\n\nbody\n' | sendmail -i -f me@test.example "$to@test.example"
done
t_run mta-relay --once
t_is "$(find "$T/home/al/Maildir/new" -type f | wc -l)" 2 'into a Maildir'
t_is "$(grep -c '^body' "$T/home/bo/mbox")" 2 'into an mbox'
t_is "$(stat -c %u "$T/home/al/Maildir/new" "$T/home/bo/mbox" | tr '\n' ' ')" '65533 65532 ' 'they are the users'"'"''
t_is "$(t_queue_count)" 0 'nothing is left'
if command -v strace >/dev/null; then
	printf 'Subject: x\n\nbody\n' | sendmail -i -f me@test.example al@test.example
	strace -f -qq -e trace=seccomp,prctl -o "$T/trace" mta-relay --once
	t_is "$(grep -c 'SECCOMP_SET_MODE_FILTER\|PR_SET_SECCOMP' "$T/trace")" 1 'the kernel filters its calls'
	printf 'Subject: x\n\nbody\n' | sendmail -i -f me@test.example al@test.example
	strace -f -qq -e trace=seccomp,prctl -o "$T/trace" mta-relay --once -o allow_mail_to_commands=yes
	t_is "$(grep -c 'SECCOMP_SET_MODE_FILTER\|PR_SET_SECCOMP' "$T/trace")" 0 'but not where commands could be run'
fi
t_done
