#!/bin/sh
# SPDX-License-Identifier: ISC
#
# imap.sh - imapd beside Dovecot's imap, on the same Maildirs: opening a mailbox, FETCH, SEARCH, SORT and THREAD of all
# its messages, STORE and APPEND, how soon a delivery is told of, the memory of sessions; and imapd's start. "Nothing
# kept" is without the files that a server has beside the messages. Each server has its own, and its own time.
. "${0%/*}/lib.sh"
. "${0%/*}/maildirs.sh"

ROUNDS=$((ROUNDS * 3))
maildirs_init imap
"${0%/*}/../support/certs" "$D/certs" || exit 1
makebox box "$COUNT"
makebox many "$MANY"
makebox empty 0

ours_start()
{
	ours_serves imapd '--listen-tls 127.0.0.1:0' "tls_cert_file = $D/certs/mx.pem" "tls_key_file = $D/certs/mx.key"
	TLS_PORT=$(echo "$PORTS" | sed -n 2p)
}

theirs_start()
{
	TLS_PORT=11993
	theirs_serves imap 11143 "$TOOLS/imap open 11143 box secret 1" 'ssl = yes' "ssl_cert = <$D/certs/mx.pem" \
		"ssl_key = <$D/certs/mx.key" \
		"service imap-login {
		  inet_listener imaps {
		    address = 127.0.0.1
		    port = $TLS_PORT
		    ssl = yes
		  }
		}"
}

# client WHAT USER ARGUMENT...: the figure.
client()
{
	what=$1 user=$2
	shift 2
	figure ms "$("$TOOLS/imap" "$what" "$PORT" "$user" secret "$@" 2>>"$D/client.log")"
}

# memory_tls USER: the same of sessions with TLS that have selected.
memory_tls()
{
	before=$(settled)
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		{
			printf 'a LOGIN %s secret\r\nb SELECT INBOX\r\n' "$1"
			until [ -e "$D/tls.done" ]; do
				sleep 0.2
			done
		} | openssl s_client -quiet -no_ign_eof -connect "127.0.0.1:$TLS_PORT" >"$D/tls.$i" 2>/dev/null &
		clients="${clients-} $!"
	done
	# shellcheck disable=SC2016 # the inner shell expands it
	wait_for 20 sh -c '[ "$(cat "$0"/tls.* | grep -c "^b OK")" -eq 20 ]' "$D"
	sleep 0.7
	after=$(settled)
	: >"$D/tls.done"
	# shellcheck disable=SC2086 # several words
	wait $clients
	clients=
	rm -f "$D"/tls.*
	echo $(((after - before) / 20))
}

ENVELOPE='FETCH 1:* (FLAGS ENVELOPE RFC822.SIZE)'
STRUCTURE='FETCH 1:* (UID FLAGS INTERNALDATE BODYSTRUCTURE)'
FIELDS='FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (From To Cc Subject Date Message-ID References)])'
BODIES='FETCH 1:* (BODY.PEEK[])'
BOX=$D/home/box/Maildir
LARGE=$D/home/many/Maildir

# What each row measures, its target, and how; the rows with another target than "twice as fast" say so.
rows()
{
	cat <<-END
		connect LOGIN SELECT|0.34|open box $ROUNDS
		connect LOGIN SELECT, nothing kept|0.5|open box $ROUNDS $BOX
		FETCH FLAGS|1|again box $ROUNDS FETCH 1:* (FLAGS)
		FETCH ENVELOPE, size|0.5|again box $ROUNDS $ENVELOPE
		FETCH ENVELOPE, size, nothing kept|0.5|first box 3 $BOX $ENVELOPE
		FETCH BODYSTRUCTURE|0.5|again box $ROUNDS $STRUCTURE
		FETCH BODYSTRUCTURE, nothing kept|0.5|first box 3 $BOX $STRUCTURE
		FETCH header fields|0.5|again box $ROUNDS $FIELDS
		FETCH header fields, nothing kept|0.5|first box 3 $BOX $FIELDS
		FETCH all messages|1|again box 3 $BODIES
		FETCH all messages, nothing kept|1|first box 3 $BOX $BODIES
		SEARCH UNSEEN|1|again box $ROUNDS SEARCH UNSEEN
		SEARCH SUBJECT|0.5|again box $ROUNDS SEARCH SUBJECT tomorrow
		SEARCH BODY|0.5|again box 3 SEARCH BODY xyzzy
		SEARCH TEXT|0.34|again box 3 SEARCH TEXT xyzzy
		SORT DATE|0.5|again box $ROUNDS SORT (DATE) US-ASCII ALL
		THREAD REFERENCES|0.5|again box $ROUNDS THREAD REFERENCES US-ASCII ALL
		STORE of 1000|1|again box 6 STORE 1:1000 +FLAGS.SILENT (\\Answered)|STORE 1:1000 -FLAGS.SILENT (\\Answered)
		APPEND of one message|1|append empty 100
		a delivery told of by IDLE|0.1|idle empty 3 $D/home/empty/Maildir
	END
}

# measure FILE: a line for each row, in their order.
measure()
{
	client open box 1 >/dev/null
	client again box 1 "$ENVELOPE" "$STRUCTURE" "$FIELDS" >/dev/null
	# The clock of the directories has to be past, so that a server can rely on what it has kept.
	sleep 3
	client open box 1 >/dev/null
	rows | while IFS='|' read -r name target how more; do
		# The command is one argument, and what stands in front of it are words.
		command=$(expr "$how" : '.* \(\(FETCH\|SEARCH\|SORT\|THREAD\|STORE\) .*\)')
		# shellcheck disable=SC2086 # several words
		set -- ${how%"$command"}
		ms=$(client "$@" ${command:+"$command"} ${more:+"$more"})
		echo "${ms:-nan}"
		: "$name$target"
	done >"$1"
	many=$(client open many "$ROUNDS")
	echo "$(client open many 3 "$LARGE")" "${many:-nan}" "$(client idle many 3 "$LARGE")" >"$1.many"
	echo "$(memory imap empty login)" "$(memory imap box select)" "$(memory imap box idle)" "$(memory_tls box)" >"$1.memory"
}

note "imapd, $COUNT messages"
ours_start
measure "$D/ours.ms"
start=$(figure ms "$("$TOOLS/imap" greet 51 "$LETTERBOX_BIN/imapd")")
server_stop

note 'dovecot'
theirs_start
measure "$D/theirs.ms"
server_stop

rows | paste -d '|' - "$D/ours.ms" "$D/theirs.ms" | while IFS='|' read -r name target rest; do
	theirs=${rest##*|}
	rest=${rest%|*}
	row "IMAP, $COUNT messages: $name" ms lower "${rest##*|}" "$theirs" dovecot "$target"
done
read -r many_ours warm_ours told_ours <"$D/ours.ms.many"
read -r many_theirs warm_theirs told_theirs <"$D/theirs.ms.many"
row "IMAP, $MANY messages: connect LOGIN SELECT" ms lower "$warm_ours" "$warm_theirs" dovecot 0.34
row "IMAP, $MANY messages: connect LOGIN SELECT, nothing kept" ms lower "$many_ours" "$many_theirs" dovecot 0.5
row "IMAP, $MANY messages: a delivery told of by IDLE" ms lower "$told_ours" "$told_theirs" dovecot 0.1
read -r login_ours select_ours idle_ours tls_ours <"$D/ours.ms.memory"
read -r login_theirs select_theirs idle_theirs tls_theirs <"$D/theirs.ms.memory"
row 'IMAP: one more session, logged in' kB lower "$login_ours" "$login_theirs" dovecot 0.28
row "IMAP, $COUNT messages: one more session, selected" kB lower "$select_ours" "$select_theirs" dovecot 0.33
row "IMAP, $COUNT messages: one more session, in IDLE" kB lower "$idle_ours" "$idle_theirs" dovecot 0.33
row "IMAP, $COUNT messages: one more session, selected, with TLS" kB lower "$tls_ours" "$tls_theirs" dovecot 0.19
row 'IMAP: start to greeting, from inetd' ms lower "$start" 2 limit 1
