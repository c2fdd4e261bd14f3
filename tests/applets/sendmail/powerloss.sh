#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What was accepted is on the disk when the exit status is 0: a copy of the disk that is taken then, as a power loss
# would leave it, has the message, whole. On ext4 with a journal and without one. It mounts files, so it needs root.
. "${0%/*}/../../support/lib.sh"
t_init
PATH=$PATH:/usr/sbin:/sbin

[ "$(id -u)" -eq 0 ] || t_skip_all 'only root mounts a disk'
command -v mkfs.ext4 >/dev/null || t_skip_all 'there is no mkfs.ext4'

# In a mount namespace of its own, so that nothing stays mounted.
if [ "${1-}" != --inside ]; then
	unshare -m true 2>/dev/null || t_skip_all 'there are no mount namespaces here'
	unshare -m "$0" --inside
	exit
fi

mount_disk()
{
	mkdir -p "$2"
	mount -o loop "$1" "$2" 2>/dev/null
}

for features in has_journal ^has_journal; do
	truncate -s 32M "$T/disk"
	mkfs.ext4 -q -F -O "$features" "$T/disk" || exit 1
	mount_disk "$T/disk" "$T/mnt" || t_skip_all 'a file cannot be mounted here'
	t_conf "queue_directory = $T/mnt/spool" "mail_location = maildir:$T/mnt/%n" delivery_mode=queue \
		'relayhost=[127.0.0.1]:1'
	printf 'Subject: safe\n\nhello\n' >"$T/message"
	# What the first message makes is durable by itself; the files of others move the next ones' to other blocks.
	t_expect_exit 0 sendmail x@far.example <"$T/message"
	t_expect_exit 0 mda -d al <"$T/message"
	mkdir "$T/mnt/others"
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		echo >"$T/mnt/others/$i"
	done
	for i in 1 2 3 4 5 6; do
		t_expect_exit 0 sendmail al@later.example <"$T/message"
	done
	sync
	# Several that wait are delivered together, and one is put off.
	t_conf "queue_directory = $T/mnt/spool" "mail_location = maildir:$T/mnt/%n" delivery_mode=queue \
		'relayhost=[127.0.0.1]:1' mydestination=later.example disable_plaintext_auth=no
	t_expect_exit 0 mta-relay --once
	# What a client has seen leaves new/, which the next delivery syncs.
	printf 'a LOGIN al secret\r\nb SELECT INBOX\r\nc LOGOUT\r\n' | imapd >"$T/imapd"
	t_like "$(cat "$T/imapd")" '7 EXISTS' "$features: a client looks at the mailbox"
	t_expect_exit 0 sendmail x@far.example <"$T/message"
	t_expect_exit 0 mda -d al <"$T/message"
	cp "$T/disk" "$T/copy"
	umount "$T/mnt"
	e2fsck -fy "$T/copy" >"$T/fsck" 2>&1
	mount_disk "$T/copy" "$T/after" || t_note "$(cat "$T/fsck")"
	t_is "$(cat "$T"/after/spool/new/* "$T"/after/spool/deferred/* | grep -c '^hello$')" 2 "$features: both are in the queue"
	t_is "$(cat "$T"/after/al/new/* "$T"/after/al/cur/* | grep -c '^hello$')" 8 "$features: all are in the Maildir"
	umount "$T/after"
done
t_done
