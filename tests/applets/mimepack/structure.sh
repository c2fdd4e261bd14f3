#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What becomes of text, HTML, pictures, attachments and messages: as Python reads it, and every content byte for byte.
. "${0%/*}/../../support/lib.sh"
t_init
cd "$T" || exit 1
mkdir files
printf 'Hello,\nhere it is.\n' >files/text
printf '<p>Hello, <img src="cid:logo.png@mimepack"></p>\n' >files/page.html
printf '\211PNG\r\n\032\n picture' >files/logo.png
head -c 20000 /dev/urandom >files/data.bin
printf 'a;b\r\n1;2\r\n' >files/table.csv
printf 'Grüße\nno line end' >files/notes.txt
printf 'caf\351\n' >files/latin
printf 'From x\nfrom y\n.\n' >files/dots.txt
printf 'From: a@b.example\r\nSubject: inner\r\n\r\nGr\303\274\303\237e\r\n' >files/inner.eml
printf 'From: a@b.example\nSubject: inner\n\nGr\303\274\303\237e\n' >files/inner.lf
cp files/data.bin 'files/Übersicht 2026 "final".bin'

# structure COMMAND...: run it with files/text as its input; the tree is in $T/tree, the contents in $T/leaves.
structure()
{
	rm -rf leaves
	t_run "$@" --output message <files/text
	[ "$STATUS" -eq 0 ] || t_note <err
	t_is "$STATUS" 0 "exit 0: $*"
	"$TOP/tests/support/structure.py" message leaves >tree
}

# tree_is NAME: what standard input says.
tree_is()
{
	cat >want
	t_same tree want "$1"
}

structure mimepack --to a@b.example
tree_is 'text alone' <<'END'
text/plain charset=us-ascii -
END
t_same leaves/1 files/text 'which is as it was'

structure mimepack --html files/page.html
tree_is 'text and HTML are alternatives' <<'END'
multipart/alternative -
  text/plain charset=us-ascii -
  text/html charset=us-ascii -
END
t_same leaves/2 files/page.html 'and the HTML is as it was'

structure mimepack --html files/page.html --inline files/logo.png --attach files/data.bin files/table.csv
tree_is 'a picture goes with the HTML, attachments with the whole' <<'END'
multipart/mixed -
  multipart/alternative -
    text/plain charset=us-ascii -
    multipart/related type=text/html -
      text/html charset=us-ascii -
      image/png base64 inline filename=logo.png <logo.png@mimepack>
  application/octet-stream base64 attachment filename=data.bin
  text/csv charset=us-ascii quoted-printable attachment filename=table.csv
END
t_same leaves/3 files/logo.png 'the picture is as it was'
t_same leaves/4 files/data.bin 'and the data'
t_same leaves/5 files/table.csv 'and the table, with its line ends'

structure mimepack --html files/page.html --inline files/logo.png --cid logo --no-text
tree_is 'an id of our own' <<'END'
multipart/related type=text/html -
  text/html charset=us-ascii -
  image/png base64 inline filename=logo.png <logo>
END

printf '<html><head><style>p {}</style></head><body><h1>Gr&uuml;&szlig;e</h1><p>Hello,<br>here it is.</p></body></html>' >files/only.html
rm -rf leaves
mimepack --html files/only.html --output message </dev/null
"$TOP/tests/support/structure.py" message leaves >tree
tree_is 'HTML without text gets one' <<'END'
multipart/alternative -
  text/plain charset=utf-8 quoted-printable
  text/html charset=us-ascii -
END
t_is "$(grep -v '^$' leaves/1 | tr '\n' '|')" 'Grüße|Hello,|here it is.|' 'that says the same'
t_is "$(mimepack --no-text --html files/only.html | grep -c '^Content-Type: text/html')" 1 'unless that is not wanted'

structure mimepack --inline files/logo.png
tree_is 'without HTML it is shown behind the text' <<'END'
multipart/mixed -
  text/plain charset=us-ascii -
  image/png base64 inline filename=logo.png <logo.png@mimepack>
END

structure mimepack --attach files/notes.txt --attach files/dots.txt --attach files/latin
t_same leaves/2 files/notes.txt 'text without a last line end comes out as it went in'
t_same leaves/3 files/dots.txt 'and lines that begin with From, or are a dot'
t_same leaves/4 files/latin 'and text of another charset'
t_like "$(cat tree)" '^  text/plain charset=utf-8 (quoted-printable|base64) attachment filename=notes.txt$' 'it is labelled'
t_like "$(cat tree)" '^  text/plain charset=unknown-8bit (quoted-printable|base64) attachment filename=latin$' \
	'nobody said what the charset is'

structure mimepack --attach files/latin --charset iso-8859-1 --name café.txt --description 'Wörter' \
	--disposition inline --encoding base64
tree_is 'what the user says about a part' <<'END'
multipart/mixed -
  text/plain charset=us-ascii -
  text/plain charset=iso-8859-1 base64 inline filename=café.txt (Wörter)
END

structure mimepack --attach 'files/Übersicht 2026 "final".bin' --type 'application/x-foo; header=present'
tree_is 'a name with quotes and an umlaut, a type with a parameter' <<'END'
multipart/mixed -
  text/plain charset=us-ascii -
  application/x-foo header=present base64 attachment filename=Übersicht 2026 "final".bin
END

structure mimepack --message files/inner.eml
tree_is 'a message is forwarded, its 8-bit text as it is' <<'END'
multipart/mixed 8bit
  text/plain charset=us-ascii -
  message/rfc822 8bit
    text/plain -
END
sed '1,/^Content-Type: message/d' message | sed '1,/^$/d' | head -n 4 >got
t_same got files/inner.lf 'with the line ends of the message around it'

structure mimepack --multipart report --part files/text --type text/plain --part files/inner.eml --multipart digest \
	--message files/inner.eml --end --end
tree_is 'multiparts within each other, and nothing else' <<'END'
multipart/report 8bit
  text/plain charset=us-ascii -
  message/rfc822 8bit
    text/plain -
  multipart/digest 8bit
    message/rfc822 8bit
      text/plain -
END

structure mimepack --attach files/data.bin --text files/notes.txt
t_same leaves/1 files/notes.txt 'text from a file'
rm -rf leaves
mimepack --attach files/data.bin --output message </dev/null
t_is "$("$TOP/tests/support/structure.py" message leaves | tr '\n' '|')" \
	'multipart/mixed -|  application/octet-stream base64 attachment filename=data.bin|' 'no text where there is none'
mimepack --output message </dev/null
t_is "$("$TOP/tests/support/structure.py" message)" 'text/plain charset=us-ascii -' 'but the message may be empty'

# What cannot be read twice.
rm -rf leaves
head -c 1000000 files/data.bin files/data.bin >files/long
# shellcheck disable=SC2002 # a pipe is what is tested
cat files/data.bin | mimepack --no-text --attach - --name data.bin --output message
"$TOP/tests/support/structure.py" message leaves >/dev/null
t_same leaves/1 files/data.bin 'an attachment from a pipe'
i=0
while [ $i -lt 20000 ]; do echo "line $i of a text that is longer than what is held, with an ü"; i=$((i + 1)); done >files/long
rm -rf leaves
# shellcheck disable=SC2002
cat files/long | mimepack --html files/page.html --output message
"$TOP/tests/support/structure.py" message leaves >tree
t_same leaves/1 files/long 'a long text from a pipe'
t_like "$(cat tree)" '^  text/plain charset=utf-8 quoted-printable$' 'which is quoted-printable, as its end is not known'

printf 'A paragraph that is one very long line, which format=flowed lets every program wrap where its window ends, as it should be.\n> quoted\n\n-- \nsignature\n' >files/para
mimepack --flowed --output message <files/para
t_like "$(cat message)" '^Content-Type: text/plain; charset=us-ascii; format=flowed$' 'format=flowed'
t_is "$(sed '1,/^$/d' message | awk 'length > 78' | wc -l)" 0 'in short lines'
t_like "$(sed '1,/^$/d' message)" '^-- $' 'with the mark of the signature'

mimepack --8bit --output message <files/notes.txt
t_like "$(cat message)" '^Content-Transfer-Encoding: 8bit$' '--8bit leaves text as it is'
t_is "$(awk '{ if (length > 998) n++ } END { print n + 0 }' message)" 0 'no line is too long'
t_done
