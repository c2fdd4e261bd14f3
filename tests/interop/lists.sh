#!/bin/sh
# SPDX-License-Identifier: ISC
#
# lists.sh - people with mutt, s-nail and mailutils' mail join a list, confirm by a plain reply, write to it and leave:
# sent by SMTP or by sendmail, read from a Maildir.
. "${0%/*}/../support/lib.sh"

t_init
t_conf myorigin=test.example mydestination=test.example
t_start_smtpd -o smtpd_timeout=60 || t_done
port=$SMTP_PORT
LC_ALL=C.UTF-8
TERM=xterm
export LC_ALL TERM
sendmail=$LETTERBOX_BIN/sendmail
listmgr create --owner bo@test.example friends >/dev/null
L=$SPOOL/lists/friends
box=$T/home/al/Maildir

is_empty() { mta-relay --once && [ -z "$(mailq --json)" ]; }
settle() { t_wait 20 is_empty; }
on_list() { grep -q '^al@' "$L/members" 2>/dev/null; }

# Each client: SEND ADDRESS SUBJECT sends an empty message, or what is on standard input; REPLY answers the last one.

cat >"$T/muttrc" <<END
set from=al@test.example realname="Al Green" copy=no use_from use_envelope_from abort_nosubject=no abort_unmodified=no
set smtp_url=smtp://127.0.0.1:$port ssl_starttls=no ssl_force_tls=no editor=true fast_reply include=yes recall=no
set mbox_type=Maildir folder=$T/home/al confirmappend=no delete=no move=no quit=yes reply_to=yes sort=date-received
END
mutt_send() { mutt -n -F "$T/muttrc" -s "$2" "$1"; }
mutt_reply()
{
	timeout 20 script -qec "mutt -n -F '$T/muttrc' -f '$box' -e 'push \"<last-entry><reply><send-message><exit>\"'" \
		/dev/null </dev/null >/dev/null
}

s_nail="s-nail -n -S from=al@test.example -S v15-compat -S mta=smtp://127.0.0.1:$port -S smtp-auth=none -S quote \
	-S reply-to-swap-in -S nosave"
snail_send() { $s_nail -s "$2" "$1"; }
snail_reply() { printf 'set nosave reply-to-honour\nreply $\nyes\n~.\nquit\n' | $s_nail -~ -# -f "$box"; }

mail_mailutils() { mail.mailutils -n -E "set sendmail=sendmail:$sendmail" -E 'set return-address=al@test.example' "$@"; }
mailutils_send() { mail_mailutils -s "$2" "$1"; }
mailutils_reply() { printf 'reply $\nyes\n.\nquit\n' | mail_mailutils -f "maildir://$box"; }

# story CLIENT PROGRAM
story()
{
	t_has "$2" || return
	rm -rf "$box" "$L/members" "$SPOOL/lists/.replies"
	"$1_send" friends+subscribe@test.example subscribe </dev/null >"$T/out" 2>&1
	settle
	t_is "$(t_mail_count al)" 1 "$2: who asks is asked"
	"$1_reply" >"$T/out" 2>&1
	settle
	if on_list; then t_ok "$2: a plain reply confirms"; else
		t_fail "$2: a plain reply confirms"
		t_note <"$T/out"
		cat "$L/log" | t_note
	fi
	t_is "$(grep -lr '^Subject: Welcome to friends' "$box" | wc -l)" 1 "$2: and is welcomed"
	printf 'Hello from %s.\n' "$2" | "$1_send" friends@test.example "a post by $2" >"$T/out" 2>&1
	settle
	# As the list's: a bounce would have that subject, too.
	t_is "$(grep -lr '^List-Id: ' "$box" | xargs -r grep -l "^Subject: a post by $2" | wc -l)" 1 \
		"$2: a post comes back from the list"
	rm -rf "$box"
	printf 'signoff\nend\n' | "$1_send" friends-request@test.example commands >"$T/out" 2>&1
	settle
	t_is "$(grep -lr '^Subject: friends: please confirm that you leave' "$box" | wc -l)" 1 "$2: who leaves is asked"
	"$1_reply" >"$T/out" 2>&1
	settle
	if on_list; then t_fail "$2: a plain reply confirms that, too"; else t_ok "$2: a plain reply confirms that, too"; fi
}

story mutt mutt
story snail s-nail
story mailutils mail.mailutils
t_done
