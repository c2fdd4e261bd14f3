#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A process as hostile parents start it.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf delivery_mode=queue
printf 'Subject: x\n\nhello\n' >"$T/message"

# queued TEXT: one whole message is in the queue; it is taken out.
queued()
{
	t_is "$(cat "$SPOOL"/new/* 2>/dev/null | grep -c '^hello$')" 1 "$1"
	rm -f "$SPOOL"/new/*
}

sendmail x@far.example <"$T/message" >&- 2>&-
t_is $? 0 'without standard output and error'
queued 'the message is whole'
sendmail x@far.example <&- >&- 2>&-
t_is $? 0 'without any'
t_is "$(ls "$SPOOL/new" | wc -l | tr -d ' ')" 1 'an empty message is queued'
rm -f "$SPOOL"/new/*
sendmail -Z <&- >&- 2>&-
t_is $? 64 'an error with nobody to tell'

for signal in HUP PIPE XFSZ ALRM TERM CHLD INT; do
	(trap '' "$signal"; exec sendmail x@far.example <"$T/message")
	t_is $? 0 "with SIG$signal ignored"
	queued 'the message is whole'
done
(umask 0; exec sendmail x@far.example <"$T/message")
t_is "$(find "$SPOOL" -perm /077 -type f)" '' 'umask 0: nobody else may read the queue'
queued 'the message is whole'
(umask 0777; exec sendmail x@far.example al <"$T/message")
t_is $? 0 'umask 0777'
t_run mailq
t_like "$(cat "$T/out")" 'in 1 request\.$' 'umask 0777: the queue can be read'
rm -rf "$SPOOL"
(umask 0777; exec sendmail x@far.example <"$T/message")
t_is $? 0 'umask 0777, and the spool is yet to be made'
chmod u+r "$SPOOL"/new/* 2>/dev/null
queued 'the message is whole'

{ printf 'Subject: x\n\n'; seq 1 20000; } >"$T/large"
(ulimit -f 8; exec sendmail x@far.example <"$T/large") 2>"$T/err"
t_is $? 75 'RLIMIT_FSIZE: a temporary failure, no signal'
t_is "$(find "$SPOOL/new" "$SPOOL/tmp" -type f)" '' 'nothing stays'
(ulimit -f 8; exec sendmail al <"$T/large") 2>"$T/err"
t_is $? 75 'RLIMIT_FSIZE: the same on the way to a Maildir'
t_is "$(t_mail_count al)" 0 'nothing is delivered'
# shellcheck disable=SC3045 # dash and bash have it
(exec <"$T/message" 2>"$T/err"; ulimit -n 6; exec sendmail x@far.example)
t_is $? 75 'RLIMIT_NOFILE: a temporary failure'
t_is "$(find "$SPOOL/new" -type f)" '' 'nothing stays'
# shellcheck disable=SC3045
(ulimit -c 0; exec sendmail x@far.example <"$T/message")
queued 'RLIMIT_CORE=0'

env -i LETTERBOX_CONF="$LETTERBOX_CONF" "$LETTERBOX_BIN/sendmail" x@far.example <"$T/message"
t_is $? 0 'an empty environment'
queued 'the message is whole'
HOME=/nonexistent TZ=':/etc/passwd' PATH='' IFS=a MAIL_CONFIG=/tmp LOGNAME='a b' "$LETTERBOX_BIN/sendmail" x@far.example \
	<"$T/message"
t_is $? 0 'a hostile one'
queued 'the message is whole'
(cd "$T" && mkdir gone && cd gone && rmdir ../gone && exec sendmail x@far.example <"$T/message")
t_is $? 0 'a working directory that is gone'
queued 'the message is whole'
if command -v bash >/dev/null; then
	bash -c "exec -a '' sendmail" </dev/null >"$T/out" 2>&1
	[ $? -lt 128 ] && t_ok 'no name at all: no crash' || t_fail 'no name at all: no crash'
	bash -c "exec -a -sendmail sendmail x@far.example" <"$T/message"
	t_is $? 0 'the dash of a login shell before the name'
	queued 'the message is whole'
else
	t_skip 'there is no bash to set argv[0]'
fi

LETTERBOX_CONF=$T/missing t_expect_exit 78 sendmail al <"$T/message"
printf 'nonsense = 1\n' >"$T/bad"
LETTERBOX_CONF=$T/bad t_expect_exit 78 sendmail al <"$T/message"
t_like "$(cat "$T/err")" 'bad:1' 'a bad configuration is named by file and line'
: >"$T/file"
LETTERBOX_SPOOL=$T/file t_expect_exit 75 sendmail x@far.example <"$T/message"
chmod 777 "$SPOOL"
t_expect_exit 75 sendmail x@far.example <"$T/message"
t_like "$(cat "$T/err")" 'may be written by others' 'a spool that others may write is refused'
chmod 700 "$SPOOL"

mkdir "$T/small"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=64k none "$T/small" 2>/dev/null; then
	LETTERBOX_SPOOL=$T/small/spool t_expect_exit 0 sendmail x@far.example <"$T/message"
	LETTERBOX_SPOOL=$T/small/spool t_expect_exit 75 sendmail x@far.example <"$T/large"
	t_is "$(find "$T/small/spool/new" "$T/small/spool/tmp" -type f | wc -l | tr -d ' ')" 1 \
		'a full disk: nothing of the message stays, the other does'
	umount "$T/small"
else
	t_skip 'no file system may be mounted here'
fi
t_done
