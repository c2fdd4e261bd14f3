#!/bin/sh
# SPDX-License-Identifier: ISC
#
# coverage.sh - every command of RFC 9051 6 and every response code of 7.1 stands in a transcript here, or in a script where
# it takes more than one client; and so does every other command and code that the server's sources know.
. "${0%/*}/../../support/lib.sh"
t_init
here=$TOP/tests/applets/imapd
sources="$TOP/libmail/imap $TOP/applets/imapd.c"

# in_scripts PATTERN: is it in one of the others?
in_scripts()
{
	find "$here" -name '*.sh' ! -name coverage.sh -exec grep -hE "$1" {} + | grep -q .
}

# RFC 9051 6, and what RFC 3501 has besides; UID in front of those that have it.
commands='CAPABILITY NOOP LOGOUT
	STARTTLS AUTHENTICATE LOGIN
	ENABLE SELECT EXAMINE CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE LIST NAMESPACE STATUS APPEND IDLE
	CLOSE UNSELECT EXPUNGE SEARCH FETCH STORE COPY MOVE
	UID:EXPUNGE UID:SEARCH UID:FETCH UID:STORE UID:COPY UID:MOVE
	LSUB CHECK'
# The table of commands.c has all that there are.
known=$(sed -n 's/^\t{ "\([A-Z]*\)",.*/\1/p' "$TOP/libmail/imap/commands.c")
for command in $commands $known; do
	words=$(echo "$command" | tr : ' ')
	grep -qE "^>\|? [A-Za-z0-9]+ $words( |\\\\r|\$)" "$here"/*.session || in_scripts "[\" ]$words([\" \\\\]|\$)" || echo "$words"
done >"$T/missing"
t_is "$(cat "$T/missing")" '' 'commands without a transcript'

# RFC 9051 7.1; the RFCs of extensions have more.
codes='ALREADYEXISTS APPENDUID AUTHENTICATIONFAILED BADCHARSET CANNOT CAPABILITY CLOSED CONTACTADMIN COPYUID EXPUNGEISSUED LIMIT
	NONEXISTENT NOPERM OVERQUOTA PERMANENTFLAGS PRIVACYREQUIRED READ-ONLY READ-WRITE TRYCREATE UIDNEXT UIDVALIDITY
	UNAVAILABLE UNKNOWN-CTE'
# What this server has no reason for: nothing is wrong that the administrator must be told of at once (ALERT); users act as
# themselves only (AUTHORIZATIONFAILED); clients are told what is wrong in words (CLIENTBUG, PARSE, SERVERBUG); what is damaged is
# mended or UNAVAILABLE (CORRUPTION); passwords do not expire with the session (EXPIRED); a mailbox with others below it can be
# deleted (HASCHILDREN); who waits for a lock too long hears UNAVAILABLE (INUSE); UIDs always stay (UIDNOTSTICKY).
never='ALERT AUTHORIZATIONFAILED CLIENTBUG CORRUPTION EXPIRED HASCHILDREN INUSE PARSE SERVERBUG UIDNOTSTICKY'
# shellcheck disable=SC2086 # words
said=$(grep -rhoE 'imap_(ok|no|bad|fail)\(s, "[A-Z-]+|"(OK|NO|BAD|BYE) \[[A-Z-]+' $sources | sed 's/.*["[]//' | sort -u)
for code in $codes $said; do
	grep -qE "^<.*\[\[\]$code( |\[\])" "$here"/*.session || in_scripts "\[${code}[] ]" ||
		[ "$code" = INPROGRESS ] || echo "$code"
done >"$T/missing"
# INPROGRESS takes ten seconds, but in tests/imap/test_cmd_search.c.
t_is "$(cat "$T/missing")" '' 'response codes without a transcript'
for code in $never; do
	# shellcheck disable=SC2086
	! grep -rqE "\"${code}[\" ]|\[${code}[] ]" $sources || echo "$code"
done >"$T/missing"
t_is "$(cat "$T/missing")" '' 'response codes that are said to be never said'
t_done
