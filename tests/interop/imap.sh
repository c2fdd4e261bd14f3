#!/bin/sh
# SPDX-License-Identifier: ISC
#
# imap.sh - IMAP clients work in mailboxes of imapd: they read, search, flag, copy, move and remove, and synchronise to and
# fro; a Maildir goes to Dovecot and back with UIDs, flags and keywords; and random clients do anything at once (for
# STRESS_SECONDS). Only for use inside tests/support/peer.
. "${0%/*}/../support/lib.sh"
. "${0%/*}/../support/mailserver.sh"
. "${0%/*}/../support/dovecot.sh"

t_init
useradd -m imap 2>/dev/null
uid=$(id -u imap)
C=$T/certs
"$TOP/tests/support/certs" "$C" || t_skip_all 'there is no openssl'
U=$T/home/imap
M=$U/Maildir
t_user imap "{PLAIN}secret:$uid:$uid::$U::"
t_user stress "{PLAIN}secret:$uid:$uid::$T/home/stress::"
t_conf mail_owner=nobody "tls_cert_file=$C/mx.pem" "tls_key_file=$C/mx.key" auth_failure_delay=0 \
	'mail_location=maildir:~/Maildir'
chmod 755 "$T" "$T/home"

# message N: as it is in the Maildir.
message()
{
	printf 'From: Ann Example <a@b.example>\nTo: imap@test.example\nSubject: number %s\nMessage-ID: <%s@test.example>\n' "$1" "$1"
	printf 'Date: Sat, 22 Nov 2025 10:00:0%s +0000\n\n.\nbody of %s\n' "$1" "$1"
}

# fill: five messages in INBOX, one of them read, one with a keyword; and nothing else.
fill()
{
	rm -rf "$U" "$T/home/stress"
	mkdir -p "$M/new" "$M/cur" "$M/tmp" "$T/home/stress/Maildir/new" "$T/home/stress/Maildir/cur" \
		"$T/home/stress/Maildir/tmp"
	printf '0 Work\n' >"$M/dovecot-keywords"
	for n in 1 2 3 4 5; do
		message "$n" >"$M/cur/$n.imap.test:2,"
	done
	mv "$M/cur/2.imap.test:2," "$M/cur/2.imap.test:2,S"
	mv "$M/cur/3.imap.test:2," "$M/cur/3.imap.test:2,a"
	chown -R imap: "$U" "$T/home/stress"
}

fill
mailserver_start imapd imapd
plain=$PORT tls=$TLS_PORT

# flags N [FOLDER]: the letters behind the name of message N in the Maildir.
flags()
{
	# shellcheck disable=SC2012 # one name
	ls "$M/$2/cur" 2>/dev/null | sed -n "s/^$1\\.imap\\.test.*:2,//p"
}

# there FOLDER PATTERN: how many messages of the folder have such a line.
there()
{
	cat "$M/$1"/cur/* "$M/$1"/new/* 2>/dev/null | grep -c "$2"
}

curl_imap()
{
	curl -s --max-time 20 -u imap:secret "$@" | tr -d '\r'
}

# ---- curl ----

if t_has curl; then
	for n in 1 2 3 4 5; do
		curl_imap "imap://127.0.0.1:$plain/INBOX;MAILINDEX=$n" >"$T/curl.$n"
		curl_imap --cacert "$C/ca.pem" --resolve "mx.example:$tls:127.0.0.1" \
			"imaps://mx.example:$tls/INBOX;UID=$n" >"$T/curls.$n"
	done
	mailserver_got curl "$T"/curl.?
	mailserver_got 'curl with TLS first' "$T"/curls.?
	t_is "$(curl_imap "imap://127.0.0.1:$plain/INBOX?SUBJECT%20%22number%203%22")" '* SEARCH 3' 'curl searches'
	t_like "$(curl_imap --ssl-reqd --cacert "$C/ca.pem" --resolve "mx.example:$plain:127.0.0.1" \
		"imap://mx.example:$plain/")" 'LIST .*INBOX' 'curl lists after STARTTLS'
	message 6 >"$T/six"
	curl_imap -T "$T/six" "imap://127.0.0.1:$plain/INBOX"
	t_is "$(there . '^Subject: number 6')" 1 'curl appends'
	curl_imap "imap://127.0.0.1:$plain/" -X 'CREATE "Archive/2025"' >/dev/null
	curl_imap "imap://127.0.0.1:$plain/INBOX" -X 'MOVE 6 "Archive/2025"' >/dev/null
	t_is "$(there .Archive.2025 '^Subject: number 6')" 1 'curl makes a folder, and moves a message into it'
	t_is "$(there . '^Subject: number 6')" 0 'which is not in INBOX then'
fi

# ---- Python ----

if t_has python3; then
	fill
	python3 - "$plain" "$C/ca.pem" >"$T/python.log" 2>&1 <<'END'
import imaplib, ssl, sys, time
c = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]))
context = ssl.create_default_context(cafile=sys.argv[2])
context.check_hostname = False
c.starttls(context)
c.login("imap", "secret")
assert c.select()[1] == [b"5"]
assert c.search(None, "UNSEEN")[1] == [b"1 3 4 5"]
assert c.search("UTF-8", "KEYWORD", "Work")[1] == [b"3"]
assert c.sort("(REVERSE DATE)", "UTF-8", "ALL")[1] == [b"5 4 3 2 1"]
assert c.thread("REFERENCES", "UTF-8", "ALL")[1] == [b"(1)(2)(3)(4)(5)"]
assert b"body of 4" in c.fetch("4", "(UID BODY.PEEK[TEXT])")[1][0][1]
assert c.store("1:2", "+FLAGS", "(\\Flagged Later)")[0] == "OK"
assert c.create("Old/Mail")[0] == "OK"
assert any(b"Old/Mail" in line for line in c.list()[1])
assert c.copy("1:3", "Old/Mail")[0] == "OK"
assert c.append("Old/Mail", "\\Seen", imaplib.Time2Internaldate(time.time()), b"Subject: four\r\n\r\nx\r\n")[0] == "OK"
assert c.status("Old/Mail", "(MESSAGES UNSEEN)")[1][0].endswith(b"(MESSAGES 4 UNSEEN 2)")
assert c.uid("STORE", "5", "+FLAGS", "(\\Deleted)")[0] == "OK"
assert c.expunge()[1] == [b"5"]
assert c.rename("Old/Mail", "Older")[0] == "OK"
assert c.subscribe("Older")[0] == "OK" and b"Older" in c.lsub()[1][0]
assert c.select("Older")[1] == [b"4"]
assert b"Later" in c.fetch("1", "(FLAGS)")[1][0]
assert c.close()[0] == "OK"
assert c.delete("Older")[0] == "OK"
c.logout()
print("all of it")
END
	t_is "$(tail -n 1 "$T/python.log")" 'all of it' "Python's imaplib reads, flags, copies, appends, removes and renames"
	grep -qx 'all of it' "$T/python.log" || t_note <"$T/python.log"
	t_is "$(flags 1)" 'Fb' 'its flags and keywords are in the names'
fi

# ---- mutt and neomutt ----

for mutt in mutt neomutt; do
	t_has "$mutt" || continue
	fill
	mkdir -p "$T/$mutt.d"
	cat >"$T/$mutt.rc" <<-END
		set imap_user=imap imap_pass=secret
		set ssl_starttls=no ssl_force_tls=no
		set folder="imap://127.0.0.1:$plain/"
		set spoolfile="+INBOX" record="" quit=yes delete=yes
		set confirmcreate=no confirmappend=no mbox_type=mbox move=no wait_key=no
		set header_cache="$T/$mutt.d" message_cachedir="$T/$mutt.d"
		set sort=reverse-date
		push "<tag-pattern>~A<enter><tag-prefix><copy-message>$T/$mutt.mbox<enter><limit>~s 4<enter><flag-message><limit>all<enter><search>~s 5<enter><delete-message><quit>"
	END
	: >"$T/$mutt.mbox"
	HOME=$T TERM=vt100 timeout 30 script -qc "$mutt -n -F $T/$mutt.rc -f imap://127.0.0.1:$plain/INBOX" /dev/null \
		</dev/null >"$T/$mutt.log" 2>&1
	mailserver_got "$mutt" "$T/$mutt.mbox"
	t_like "$(flags 4)" F "$mutt flags a message"
	t_is "$(there . '^Subject: number 5')" 0 "$mutt removes one"
done

# ---- alpine ----

if t_has alpine && t_has python3; then
	fill
	mkdir -p "$T/alpine"
	printf '%s\n' 'personal-name=Me' 'last-version-used=9.99' \
		'feature-list=quit-without-confirm,enable-aggregate-command-set,save-will-not-delete' >"$T/alpine/pinerc"
	timeout 60 python3 "$TOP/tests/interop/alpine.py" "$plain" "$T/alpine" "$T/alpine/saved" imap imap >"$T/alpine.log" 2>&1
	mailserver_got alpine "$T/alpine/saved"
fi

# ---- Thunderbird ----

if t_has thunderbird && t_has python3; then
	fill
	mkdir -p "$T/thunderbird"
	mkfifo "$T/thunderbird/said"
	timeout 150 python3 "$TOP/tests/interop/thunderbird.py" "$plain" imap secret "$T/thunderbird" >"$T/thunderbird/said" 2>&1 &
	while read -r line; do
		echo "$line"
		# It sits in INBOX, and has nothing to do.
		[ "$line" != 'waits: now' ] || { message 9 >"$M/tmp/9" && chown imap: "$M/tmp/9" && mv "$M/tmp/9" "$M/new/9.imap.test"; }
	done <"$T/thunderbird/said" >"$T/thunderbird.log"
	wait $!
	t_is "$(cat "$T/thunderbird.log")" 'account: made
lists: number 1, number 2 read, number 3, number 4, number 5
reads: 1 2 3 4 5
flags: done
makes a folder: Café
moves: 1 4
copies: 2 4
removes: 3
searches on the server: number 3
waits: now
is told: number 9' 'Thunderbird reads, flags, moves, copies, removes, searches, and is told of new mail'
	t_like "$(flags 1)" FS 'what it flagged and read is'
	t_is "$(there '.Caf&AOk-' '^Subject: number 2')$(there . '^Subject: number 2')" 10 'what it moved is in the folder it made'
	t_is "$(there . '^Subject: number 5')" 0 'what it removed is gone'
fi

# ---- mbsync: to and fro ----

if t_has mbsync; then
	fill
	mkdir -p "$T/mbsync"
	cat >"$T/mbsyncrc" <<-END
		IMAPAccount ours
		Host 127.0.0.1
		Port $plain
		User imap
		Pass secret
		SSLType None
		AuthMechs LOGIN

		IMAPStore far
		Account ours

		MaildirStore near
		Path $T/mbsync/
		Inbox $T/mbsync/INBOX
		SubFolders Verbatim

		Channel all
		Far :far:
		Near :near:
		Patterns *
		Create Both
		Remove Both
		Expunge Both
		SyncState *
	END
	sync="timeout 30 mbsync -c $T/mbsyncrc -a"
	HOME=$T $sync >"$T/mbsync.log" 2>&1
	t_is $? 0 'mbsync synchronises'
	mailserver_got mbsync "$T"/mbsync/INBOX/cur/* "$T"/mbsync/INBOX/new/*
	t_is "$(grep -l 'number 2' "$T"/mbsync/INBOX/cur/* | sed 's/.*,//')" S 'mbsync knows what was read'

	# Both sides change: a flag and a new message here, a flag, a removal and a new folder there.
	mv "$M/cur/1.imap.test:2," "$M/cur/1.imap.test:2,F"
	message 7 >"$M/new/7.imap.test"
	chown imap: "$M/new/7.imap.test"
	file=$(grep -l 'number 3' "$T"/mbsync/INBOX/cur/* "$T"/mbsync/INBOX/new/*)
	mv "$file" "$T/mbsync/INBOX/cur/$(basename "$file" | sed 's/:2,.*//'):2,RS"
	file=$(grep -l 'number 4' "$T"/mbsync/INBOX/cur/* "$T"/mbsync/INBOX/new/*)
	mv "$file" "$T/mbsync/INBOX/cur/$(basename "$file" | sed 's/:2,.*//'):2,T"
	mkdir -p "$T/mbsync/Notes/cur" "$T/mbsync/Notes/new" "$T/mbsync/Notes/tmp"
	message 8 >"$T/mbsync/Notes/cur/8.near.test:2,S"
	HOME=$T $sync >"$T/mbsync.log" 2>&1
	t_is $? 0 'mbsync synchronises what both have changed'
	t_is "$(there . '^Subject: number 4')" 0 'what was removed there is removed here'
	t_like "$(flags 3)" RS 'what was answered there is answered here'
	t_is "$(there .Notes '^Subject: number 8')" 1 'a new folder comes with its message'
	t_is "$(grep -l 'number 1' "$T"/mbsync/INBOX/cur/* | sed 's/.*,//')" F 'what was flagged here is flagged there'
	t_is "$(cat "$T"/mbsync/INBOX/cur/* "$T"/mbsync/INBOX/new/* 2>/dev/null | grep -c 'number 7')" 1 'new mail gets there'
	HOME=$T $sync >"$T/mbsync.log" 2>&1
	t_is "$? $(cat "$T"/mbsync/INBOX/cur/* "$T"/mbsync/INBOX/new/* 2>/dev/null | grep -c '^Subject')" '0 5' \
		'and then there is nothing to do'
fi

# ---- offlineimap ----

if t_has offlineimap; then
	fill
	mkdir -p "$T/offline"
	cat >"$T/offlinerc" <<-END
		[general]
		accounts = ours
		ui = quiet
		metadata = $T/offline/meta
		[Account ours]
		localrepository = near
		remoterepository = far
		[Repository near]
		type = Maildir
		localfolders = $T/offline/mail
		sync_deletes = yes
		[Repository far]
		type = IMAP
		remotehost = 127.0.0.1
		remoteport = $plain
		remoteuser = imap
		remotepass = secret
		ssl = no
		starttls = no
	END
	offline="timeout 60 offlineimap -o -c $T/offlinerc"
	HOME=$T $offline >"$T/offlineimap.log" 2>&1
	mailserver_got offlineimap "$T"/offline/mail/INBOX/cur/* "$T"/offline/mail/INBOX/new/*
	file=$(grep -l 'number 5' "$T"/offline/mail/INBOX/cur/* "$T"/offline/mail/INBOX/new/* 2>/dev/null)
	[ -z "$file" ] || mv "$file" "$T/offline/mail/INBOX/cur/$(basename "$file" | sed 's/:2,.*//'):2,FS"
	message 9 >"$T/offline/mail/INBOX/new/9.near.test"
	HOME=$T $offline >>"$T/offlineimap.log" 2>&1
	t_like "$(flags 5)" FS 'offlineimap brings flags back'
	t_is "$(there . '^Subject: number 9')" 1 'offlineimap brings a message'
fi

# ---- to Dovecot, and back ----

# known PORT: UID, flags and subject of each message, the keywords, and what UIDs are valid.
known()
{
	python3 - "$1" <<'END'
import imaplib, re, sys
c = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]))
c.login("imap", "secret")
for folder in ("INBOX", "Sub/Deep"):
    c.select('"%s"' % folder, readonly=True)
    print(folder, c.response("UIDVALIDITY")[1], c.response("UIDNEXT")[1])
    for line in c.fetch("1:*", "(UID FLAGS RFC822.SIZE)")[1]:
        text = line.decode()
        words = sorted(re.search(r"FLAGS \(([^)]*)\)", text).group(1).replace("\\Recent", "").split())
        print(re.search(r"UID \d+", text).group(0), re.search(r"SIZE \d+", text).group(0), *words)
c.logout()
END
}

# found PORT: what SEARCH, SORT and THREAD find in INBOX.
found()
{
	while read -r command; do
		echo "$command"
		curl_imap "imap://127.0.0.1:$1/INBOX" -X "$command"
	done <<'END'
SEARCH ALL
SEARCH BODY "BODY OF 3"
SEARCH TEXT "subject: number"
SEARCH KEYWORD work
SEARCH OR SEEN FLAGGED
SEARCH NOT (SEEN) UNDELETED
SEARCH FROM "ann example" SENTSINCE 22-Nov-2025
SEARCH SENTBEFORE 22-Nov-2025
SEARCH HEADER Message-ID "@test.example" LARGER 10
SEARCH RETURN (MIN MAX COUNT) UNFLAGGED
SORT (REVERSE DATE) UTF-8 ALL
SORT (SUBJECT SIZE) UTF-8 NOT 1
SORT (DISPLAYFROM REVERSE ARRIVAL) UTF-8 ALL
THREAD ORDEREDSUBJECT UTF-8 ALL
THREAD REFERENCES UTF-8 ALL
THREAD REFS UTF-8 ALL
END
}

if t_has dovecot && t_has python3; then
	fill
	for n in 1 2 3 4 5; do
		touch -d "2025-11-22 12:00:0$n" "$M"/cur/$n.*
	done
	# It cannot be told to take any.
	theirs=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	dovecot_conf "$T" imap "$theirs" 'namespace inbox {' 'inbox = yes' 'separator = /' '}'
	t_start dovecot dovecot -F -c "$T/dovecot.conf"
	t_wait 10 curl -s --max-time 2 "imap://127.0.0.1:$theirs/" -u imap:secret || t_fail 'Dovecot serves the Maildir'
	curl_imap "imap://127.0.0.1:$plain/" -X 'CREATE Sub/Deep' >/dev/null
	curl_imap "imap://127.0.0.1:$plain/INBOX" -X 'STORE 1 +FLAGS (\Answered Urgent)' >/dev/null
	curl_imap "imap://127.0.0.1:$plain/INBOX" -X 'COPY 1:3 Sub/Deep' >/dev/null
	curl_imap "imap://127.0.0.1:$plain/INBOX" -X 'STORE 4 +FLAGS.SILENT (\Deleted)' >/dev/null
	known "$plain" >"$T/ours.1"
	known "$theirs" >"$T/dovecots.1"
	t_same "$T/ours.1" "$T/dovecots.1" 'Dovecot takes over: UIDs, flags, keywords, sizes'
	curl_imap "imap://127.0.0.1:$theirs/INBOX" -X 'STORE 5 +FLAGS (\Flagged Later)' >/dev/null
	curl_imap "imap://127.0.0.1:$theirs/INBOX" -X 'EXPUNGE' >/dev/null
	curl_imap "imap://127.0.0.1:$theirs/INBOX" -X 'COPY 2 Sub/Deep' >/dev/null
	curl_imap -T "$T/six" "imap://127.0.0.1:$theirs/INBOX"
	sleep 3
	known "$theirs" >"$T/dovecots.2"
	known "$plain" >"$T/ours.2"
	t_same "$T/dovecots.2" "$T/ours.2" 'and gives it back, with what it did'
	found "$theirs" >"$T/dovecots.3"
	found "$plain" >"$T/ours.3"
	t_is "$(grep -c '^[*] ' "$T/dovecots.3")" 16 'Dovecot answers each search'
	t_same "$T/dovecots.3" "$T/ours.3" 'both find, sort and thread the same'
	grep -iE 'error|corrupt|warning' "$T/dovecot.log" >"$T/complaints"
	t_is "$(cat "$T/complaints")" '' 'Dovecot complains of nothing'
	t_stop dovecot
fi

# ---- everything at once ----

if t_has python3; then
	su imap -s /bin/sh -c "python3 '$TOP/tests/interop/imapstress.py' $plain $T/home/stress/Maildir ${STRESS_SECONDS:-20}" \
		>"$T/stress.log" 2>&1
	t_is $? 0 "random clients: $(tail -n 1 "$T/stress.log" | cut -c 1-60)"
	[ "$(wc -l <"$T/stress.log")" -eq 1 ] || grep -h warning "$T/imapd.log" | tail -n 5 | cat "$T/stress.log" - | t_note
fi
t_done
