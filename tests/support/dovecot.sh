# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# dovecot.sh - Dovecot over the same Maildirs.

# dovecot_conf DIR PROTOCOL PORT [LINE...]: write DIR/dovecot.conf, with these lines in it. It serves the users of DIR/users
# by imap or pop3 at 127.0.0.1, keeps what it needs in DIR/dovecot, and logs to DIR/dovecot.log.
dovecot_conf()
{
	dovecot_dir=$1
	cat >"$1/dovecot.conf" <<-END
		protocols = $2
		base_dir = $1/dovecot
		log_path = $1/dovecot.log
		ssl = no
		disable_plaintext_auth = no
		mail_location = maildir:~/Maildir
		first_valid_uid = 1
		passdb {
		  driver = passwd-file
		  args = $1/users
		}
		userdb {
		  driver = passwd-file
		  args = $1/users
		}
		service $2-login {
		  inet_listener $2 {
		    address = 127.0.0.1
		    port = $3
		  }
		}
	END
	shift 3
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$dovecot_dir/dovecot.conf"
}

# dovecot_conf_alone DIR USER LOCATION [LINE...]: write DIR/dovecot.conf, with these lines in it, for processes that USER
# starts, who has logged in. They keep what they need in DIR/run and DIR/state, and log to DIR/dovecot.log.
dovecot_conf_alone()
{
	dovecot_dir=$1
	mkdir -p "$1/run" "$1/state"
	cat >"$1/dovecot.conf" <<-END
		protocols =
		base_dir = $1/run
		state_dir = $1/state
		log_path = $1/dovecot.log
		ssl = no
		mail_location = $3
		default_login_user = $2
		default_internal_user = $2
		first_valid_uid = 1
		namespace inbox {
		  inbox = yes
		}
	END
	shift 3
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$dovecot_dir/dovecot.conf"
	touch "$dovecot_dir/dovecot.log"
}
