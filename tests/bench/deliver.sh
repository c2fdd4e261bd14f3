#!/bin/sh
# SPDX-License-Identifier: ISC
#
# deliver.sh PEER... - a process for each message of 4 KB, which puts it into a Maildir.
# shellcheck disable=SC2119
. "${0%/*}/lib.sh"
HERE=$(cd "${0%/*}" && pwd)

# Delivery programs drop root's rights in ways of their own: none of that is measured.
if [ "$(id -u)" -eq 0 ]; then
	chown -R 65534:65534 "$D"
	exec setpriv --reuid=65534 --regid=65534 --clear-groups -- "$0" "$@"
fi

count=${QUICK:+60}
count=${count:-200}
make_message 4096 "$D/message" user0@bench.example
ours_conf
HOME=$D USER=nobody LOGNAME=nobody
export HOME USER LOGNAME
for part in tmp new cur; do
	mkdir -p "$D/theirs/$part"
done

# race_with NAME TARGET COMMAND...
race_with()
{
	peer=$1 target=$2
	shift 2
	if static=$(static_of mda); then
		set -- "$@" --vs "$static" -f sender@test.example -d user0
	fi
	before=$(count_files "$D/theirs/new")
	lines=$("$TOOLS/race" --count "$count" --warm-up 3 --input "$D/message" -- \
		"$LETTERBOX_BIN/mda" -f sender@test.example -d user0 --vs "$@")
	if [ $(($(count_files "$D/theirs/new") - before)) -ne $((count + 3)) ]; then
		note "deliver: $peer did not deliver: $lines"
		return
	fi
	# shellcheck disable=SC2046 # figures
	set -- $(printf '%s\n' "$lines" | sed 's/p50_ms=\([0-9.]*\) .*/\1/')
	row 'mda: 4 KB into a Maildir' ms lower "$1" "$2" "$peer" "$target"
	[ -z "$static" ] || row 'mda, make static: the same' ms lower "$3" "$2" "$peer" "$target"
}

for peer in "$@"; do
	case $peer in
	mail.maildir)
		race_with mail.maildir 1 /usr/libexec/opensmtpd/mail.maildir "$D/theirs"
		# That does not sync the name in new/: a power loss may take back what was delivered. With a library that does
		# (and that both map), it is as durable as ours.
		if ${CC:-cc} -O2 -shared -fPIC -D_GNU_SOURCE -o "$D/syncrename.so" "$HERE/syncrename.c"; then
			export LD_PRELOAD="$D/syncrename.so"
			race_with 'the same, synced' 1 /usr/libexec/opensmtpd/mail.maildir "$D/theirs"
			unset LD_PRELOAD
		fi;;
	procmail)
		printf 'DEFAULT=%s/theirs/\nLOGFILE=/dev/null\n' "$D" >"$D/procmailrc"
		chmod 644 "$D/procmailrc"
		race_with procmail 1 procmail "$D/procmailrc";;
	maildrop)
		printf 'to "%s/theirs"\n' "$D" >"$D/mailfilter"
		chmod 600 "$D/mailfilter"
		race_with maildrop 1 maildrop "$D/mailfilter";;
	dovecot-lda)
		cat >"$D/dovecot.conf" <<-END
			mail_location = maildir:$D/theirs
			log_path = /dev/null
			ssl = no
			postmaster_address = postmaster@test.example
			hostname = test.example
			base_dir = $D/run
			stats_writer_socket_path =
		END
		race_with dovecot-lda 1 /usr/lib/dovecot/dovecot-lda -c "$D/dovecot.conf" -f sender@test.example;;
	esac
done
