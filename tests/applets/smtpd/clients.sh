#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Other people's clients: swaks, Python's smtplib, curl, nc, and Postfix's smtp-source where they are.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf
t_start_smtpd || t_done

# arrived TEXT WHAT: one message is in al's mailbox, with that line; it is removed.
arrived()
{
	if t_wait 20 t_mail_is al 1; then
		t_is "$(t_mail_count al)" 1 "$2: one message"
		t_like "$(t_newest al)" "$1" "$2: the message"
	else
		t_fail "$2: one message"
	fi
	rm -f "$T"/home/al/Maildir/new/*
}

if command -v swaks >/dev/null; then
	t_expect_exit 0 swaks --silent 1 --server 127.0.0.1 --port "$SMTP_PORT" --from dora@far.example --to al@test.example \
		--header 'Subject: by swaks' --body hello
	arrived '^Subject: by swaks' swaks
	t_expect_exit 0 swaks --silent 1 --pipeline --server 127.0.0.1 --port "$SMTP_PORT" --from dora@far.example \
		--to al@test.example --header 'Subject: by swaks' --body hello
	arrived '^Subject: by swaks' 'swaks, pipelined'
	t_expect_exit 24 swaks --silent 3 --server 127.0.0.1 --port "$SMTP_PORT" --from dora@far.example --to nosuch@test.example
else
	t_skip 'there is no swaks'
fi

if python3 -c 'import smtplib' 2>/dev/null; then
	cat >"$T/client.py" <<-'END'
		import smtplib, sys
		with smtplib.SMTP('127.0.0.1', int(sys.argv[1])) as s:
		    s.ehlo('client.example')
		    assert s.has_extn('size') and s.has_extn('pipelining') and s.has_extn('smtputf8')
		    refused = s.sendmail('dora@far.example', ['al@test.example', 'nosuch@test.example'],
		                         'Subject: by smtplib\n\n.dot\n..\n')
		    assert list(refused) == ['nosuch@test.example'] and refused['nosuch@test.example'][0] == 550, refused
		    s.sendmail('dora@far.example', ['bo@test.example'], 'Subject: 2\n\n' + 'x' * 100000 + '\n', ['BODY=8BITMIME'])
		    assert s.vrfy('al')[0] == 252 and s.noop()[0] == 250 and s.rset()[0] == 250
	END
	t_expect_exit 0 python3 "$T/client.py" "$SMTP_PORT"
	arrived '^Subject: by smtplib' smtplib
	t_is "$(t_newest bo | tail -n 1 | wc -c)" 100001 'smtplib: a long line'
else
	t_skip 'there is no smtplib'
fi

if command -v curl >/dev/null && curl --version | grep -q smtp; then
	printf 'Subject: by curl\r\n\r\n.dot\r\n' >"$T/message"
	t_expect_exit 0 curl -s --url "smtp://127.0.0.1:$SMTP_PORT/client.example" --mail-from dora@far.example \
		--mail-rcpt al@test.example --upload-file "$T/message"
	arrived '^\.dot' curl
else
	t_skip 'there is no curl'
fi

if command -v nc >/dev/null; then
	printf '%s\r\n' 'HELO c' 'MAIL FROM:<dora@far.example>' 'RCPT TO:<al@test.example>' DATA 'Subject: by nc' '' hello . QUIT |
		nc -w 5 127.0.0.1 "$SMTP_PORT" >"$T/out" 2>&1
	t_like "$(tr -d '\r' <"$T/out")" '^221 ' 'nc: all at once, with one write'
	arrived '^Subject: by nc' nc
else
	t_skip 'there is no nc'
fi

if command -v smtp-source >/dev/null; then
	t_expect_exit 0 smtp-source -s 5 -m 50 -l 5000 -f dora@far.example -t al@test.example "127.0.0.1:$SMTP_PORT"
	t_wait 20 t_mail_is al 50
	t_is "$(t_mail_count al)" 50 'smtp-source: 50 messages'
else
	t_skip 'there is no smtp-source'
fi

t_stop "$SMTPD_PID"
t_is "$STATUS" 0 'it ends when it is told to'
t_done
