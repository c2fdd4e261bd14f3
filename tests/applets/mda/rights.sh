#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Whose rights mda has.
. "${0%/*}/../../support/lib.sh"
[ "$(id -u)" -eq 0 ] || t_skip_all 'only root can become somebody else'
t_init
t_user nob "{PLAIN}secret:65534:65534::$T/home/nob::"
t_user al "{PLAIN}secret:0:0::$T/home/al::"
t_conf
chown 65534:65534 "$T/home/nob"
printf 'Subject: x\n\nhello\n' >"$T/message"

t_expect_exit 0 mda nob <"$T/message"
t_is "$(find "$T/home/nob" ! -user 65534)" '' 'all that root delivers belongs to the user'
rm -rf "$T/home/nob/Maildir"
mkdir "$T/elsewhere"
ln -s "$T/elsewhere" "$T/home/nob/Maildir"
t_expect_exit 75 mda nob <"$T/message"
t_is "$(ls "$T/elsewhere")" '' 'a link to where the user may not write leads nowhere'
rm "$T/home/nob/Maildir"

t_expect_exit 77 t_nobody mda al <"$T/message"
t_is "$(t_mail_count al)" 0 'nobody may deliver to another'
t_expect_exit 0 t_nobody mda nob <"$T/message"
t_is "$(t_mail_count nob)" 1 'but to himself'
t_expect_exit 0 mda nob al <"$T/message"
t_is "$(t_mail_count nob) $(t_mail_count al)" '2 1' 'root serves both in one call'
t_is "$(find "$T/home/al" -user 65534)" '' 'and mixes nothing up'
t_done
