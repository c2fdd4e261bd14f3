#!/bin/sh
# SPDX-License-Identifier: ISC
#
# letterbox import: files and directories become folders, and what cannot be imported is named.
. "${0%/*}/../../support/lib.sh"
t_init
t_user al "{PLAIN}x:$(id -u):$(id -g)::$T/home/al::"
t_user bo "{PLAIN}x:65533:65533::$T/home/bo::"
t_conf
M=$T/home/al/Maildir

# mbox FILE SUBJECT...
mbox()
{
	file=$1
	shift
	for subject in "$@"; do
		printf 'From a@b Sat Nov 22 10:00:00 2025\nSubject: %s\nStatus: RO\n\n>From here\n\n' "$subject"
	done >"$file"
}

mbox "$T/inbox" one two
t_run letterbox import -u al "$T/inbox"
t_is "$STATUS $(cat "$T/out" "$T/err")" "0 $T/inbox: 2 messages into INBOX" 'a file goes into INBOX'
t_is "$(cat "$M"/cur/*:2,S | grep -c '^From here')" 2 'its messages are there, and were read'
t_is "$(grep -c . "$T/inbox")" 8 'the mbox is as it was'

mkdir -p "$T/mail/work/.imap" "$T/mail/work/old"
mbox "$T/mail/sent" a
mbox "$T/mail/work/old/2019" b c
mbox "$T/mail/work/.imap/x" d
: >"$T/mail/work/empty"
t_run letterbox import -u al -f Archive "$T/mail"
t_is "$STATUS $(wc -l <"$T/out")" '0 3' 'a directory, without what begins with a dot'
for folder in Archive.sent:1 Archive.work.old.2019:2 Archive.work.empty:0; do
	t_is "$(find "$M/.${folder%:*}/cur" -type f | wc -l)" "${folder#*:}" "the folder ${folder%:*}"
done
t_like "$(cat "$M/subscriptions")" 'Archive	work	old	2019' 'it is subscribed to'
t_run letterbox import -u al "$T/mail/work"
t_is "$STATUS" 0 'a directory without -f'
t_is "$(find "$M/.old.2019/cur" -type f | wc -l)" 2 'its files are folders'

echo 'no mbox' >"$T/mail/work/readme"
t_run letterbox import -u al -f x "$T/mail/work"
t_is "$STATUS" 65 'a file that is no mbox'
t_like "$(cat "$T/err")" 'readme' 'is named'
t_is "$(find "$M/.x.old.2019/cur" -type f | wc -l)" 2 'the others are imported'
[ ! -e "$M/.x.readme" ] && t_ok 'and it makes no folder' || t_fail 'and it makes no folder'

t_run letterbox import -u al "$T/none"
t_is "$STATUS" 75 'a file that is not there'
t_run letterbox import -u nobody-here "$T/inbox"
t_is "$STATUS" 67 'a user who is not there'
t_run letterbox import -u al -f a//b "$T/inbox"
t_is "$STATUS" 65 'a folder that cannot be one'
t_run letterbox import -u al -o "mail_location=mbox:$T/m" "$T/inbox"
t_is "$STATUS" 78 'a mailbox that is no Maildir'
t_run letterbox import
t_is "$STATUS" 64 'nothing to import'
t_like "$(letterbox --help import)" 'letterbox import' 'help'
if [ "$(id -u)" -eq 0 ]; then
	chown 65533:65533 "$T/home/bo"
	chmod 600 "$T/inbox"
	t_run letterbox import -u bo "$T/inbox"
	t_is "$STATUS" 75 "what the user may not read is not read for him"
	chmod 644 "$T/inbox"
	t_run letterbox import -u bo "$T/inbox"
	t_is "$STATUS $(stat -c %u "$T/home/bo/Maildir/cur")" '0 65533' 'the Maildir is his'
fi
t_done
