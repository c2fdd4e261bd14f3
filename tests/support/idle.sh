# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: ISC
#
# idle.sh - many sessions in IDLE: sourced behind lib.sh. All is done by a user without rights.

# idle_init COUNT: so many users; nothing is run without Python.
idle_init()
{
	python3 -c 'import selectors' 2>/dev/null || t_skip_all 'there is no Python'
	IDLERS=$1
	idle_as='env'
	[ "$(id -u)" -ne 0 ] || idle_as='setpriv --reuid=65534 --regid=65534 --clear-groups --'
	idle_uid=$($idle_as id -u)
	"$TOP/tests/support/idlers.py" make "$T" "$IDLERS" "$idle_uid" 2>"$T/err" || t_skip_all "$(cat "$T/err")"
	mkdir -p "$SPOOL"
	chown -R "$idle_uid" "$T/home" "$SPOOL"
	t_conf "mail_owner=$($idle_as id -un)" "imap_process_limit=$((IDLERS + 20))" mail_max_userip_connections=0 \
		login_client_connection_count_limit=0 "smtpd_recipient_limit=$((IDLERS + 1))" \
		'mail_location=maildir:~/Maildir'
}

# idle_run [INSTANCES]: imapd, whose user has no more instances of inotify than that, and a message for each and for all.
# What idlers.py says of it is in $T/talked.
idle_run()
{
	if [ $# -gt 0 ] && ! $idle_as unshare --user --map-root-user true 2>/dev/null; then
		t_skip 'there are no user namespaces here'
		return
	fi
	# The limit is that of a user namespace, in which everybody is called as outside of it.
	# shellcheck disable=SC2016 # the inner shell expands it
	[ $# -eq 0 ] || set -- unshare --user --map-root-user sh -c \
		'echo "$0" >/proc/sys/user/max_inotify_instances && exec "$@"' "$1" unshare --user "--map-user=$idle_uid"
	# shellcheck disable=SC2086 # several words
	t_start imapd $idle_as "$@" imapd --listen 127.0.0.1:0 --foreground
	idle_imapd=$t_pid
	t_port imapd || t_done
	idle_port=$PORT
	# shellcheck disable=SC2086
	t_start lmtpd $idle_as smtpd --lmtp --listen 127.0.0.1:0 --foreground
	t_port lmtpd || t_done
	t_talk "$TOP/tests/support/idlers.py" run "$IDLERS" "$idle_port" "$PORT" "$idle_imapd"
	t_stop "$t_pid"
	t_stop "$idle_imapd"
	rm -rf "$T"/home/*/Maildir
}
