#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Contents into files: which, where to, by which names; and nothing else is touched.
. "${0%/*}/../../support/lib.sh"

t_init
cd "$T" || exit 1

# part TYPE NAME CONTENT
part()
{
	printf -- '--b\nContent-Type: %s\nContent-Disposition: attachment; filename="%s"\n\n%s\n' "$1" "$2" "$3"
}

# mixed PARTS
mixed()
{
	printf 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n%s\n--b--\n' "$1"
}

# names DIR: what is in it, in one line
names()
{
	(cd "$1" && find . -type f | sed 's|^\./||' | LC_ALL=C sort | tr '\n' ' ')
}

head -c 300000 /dev/urandom >random
{
	printf 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n'
	printf -- '--b\nContent-Type: application/octet-stream; name=random\nContent-Transfer-Encoding: base64\n\n'
	base64 random
	printf -- '--b\nContent-Type: text/csv\nContent-Transfer-Encoding: base64\n\nYQ0KYgo=\n--b--\n'
} >m
t_run mimeunpack -x -d out1 m
t_is "$STATUS" 0 'all is extracted'
t_is "$(names out1)" 'part-1.txt part-3.csv random ' 'into a directory that is made'
t_same out1/random random 'byte for byte'
t_is "$(od -An -c out1/part-3.csv | tr -d ' ')" 'a\r\nb\n' 'line ends are those that were encoded'
t_run mimeunpack -d out2 <m
t_same out2/random random 'from standard input'
t_run mimeunpack --json -d out3 m
t_is "$(python3 -c '
import json, sys
for line in sys.stdin:
    m = json.loads(line)
    print(m["part"], m["type"], m["name"], m["file"], m["octets"])' <out)" '1 text/plain None part-1.txt 4
2 application/octet-stream random random 300000
3 text/csv None part-3.csv 5' 'with --json each file is told'
t_run mimeunpack -O -p 2 m
t_same out random 'to standard output'

# What is selected.
mixed "$(part image/png a.png 1; part image/gif b.GIF 2; part text/plain c.txt 3)
--b
Content-Type: message/rfc822

Content-Type: multipart/mixed; boundary=c

--c

in
--c
Content-Type: image/png; name=d.png

4
--c--
--b

last" >m
t_run mimeunpack -v -d s1 -t 'image/*' m
t_is "$(names s1)" 'a.png b.GIF d.png ' 'by type'
t_run mimeunpack -d s2 -n '*.gif' -n C.TXT m
t_is "$(names s2)" 'b.GIF c.txt ' 'by name, without regard to case'
t_run mimeunpack -d s3 -p 2 -p 4.2 m
t_is "$(names s3)" 'b.GIF d.png ' 'by number'
t_run mimeunpack -d s4 -p 4 m
t_is "$(names s4)" 'part-4.eml ' 'a message as it stands'
t_is "$(head -n 1 s4/part-4.eml)" 'Content-Type: multipart/mixed; boundary=c' 'with its header'
t_run mimeunpack -d s5 -a m
t_is "$(names s5)" 'a.png b.GIF c.txt d.png ' 'attachments'
t_run mimeunpack -d s6 -t 'image/*' -n 'a*' m
t_is "$(names s6)" 'a.png ' 'by type and name'
t_run mimeunpack -d s7 -t message/rfc822 m
t_is "$(names s7)" 'part-4.eml ' 'messages, by type'
t_expect_exit 66 mimeunpack -d s8 -n none m
t_expect_exit 64 mimeunpack -d s8 -O m

# Names that strangers have chosen.
mkdir safe
echo precious >precious
mixed "$(part a/b ../../precious 1; part a/b /etc/passwd 2; part a/b '..\\..\\boot.ini' 3; part a/b -rf 4
	part a/b .bashrc 5; part a/b 'nul.txt' 6; part a/b "$(printf 'x\033[2Jy')" 7; part a/b .. 8
	part a/b "$(printf '%05000d.pdf' 0)" 9)" >m
t_run mimeunpack -d safe/in m
t_is "$STATUS" 0 'bad names are no reason to lose a content'
t_is "$(find . -name precious | LC_ALL=C sort | tr '\n' ' ')$(cat precious)" './precious ./safe/in/precious precious' \
	'nothing outside is written'
t_is "$(find safe -type f | wc -l)" 9 'each has a file'
t_is "$(find safe -type f -name '-*' -o -name '.*' -type f | wc -l)" 0 'no name begins with a hyphen or a dot'
t_is "$(find safe -name "*$(printf '\033')*" | wc -l)" 0 'nor has escapes'
t_is "$(find safe -name '0*.pdf' | wc -l)" 1 'a long one is cut and keeps its extension'

# Same names, and what is there already: a file, a link, a link to nowhere.
mkdir there
echo old >there/a
ln -s ../precious there/l
ln -s ../nowhere there/n
mixed "$(part a/b a 1; part a/b a 2; part a/b l 3; part a/b n 4)" >m
t_run mimeunpack -d there m
t_is "$STATUS $(names there)" '0 a a-2 a-3 l-2 n-2 ' 'names that are taken get numbers'
t_is "$(cat there/a precious there/a-2 there/a-3 there/l-2 there/n-2 | tr '\n' ' ')" 'old precious 1234' \
	'nothing is overwritten, no link is followed'
[ ! -e nowhere ] && t_ok 'also one that leads nowhere' || t_fail 'also one that leads nowhere'

# uuencode and winmail.dat.
printf '\nsee\nbegin 4755 ../uu.txt\n#86)C\n`\nend\nbye\n' >m
t_run mimeunpack -d uu m
t_is "$(names uu)$(cat uu/uu.txt)" 'part-1.txt uu.txt abc' 'files in uuencode'
[ ! -x uu/uu.txt ] && t_ok 'without the mode that they ask for' || t_fail 'without the mode that they ask for'
t_run mimeunpack -d uu2 --as-is m
t_is "$(names uu2)" 'part-1.txt ' '--as-is leaves them where they are'
{
	printf 'Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n'
	base64 "$TOP/tests/fuzz/corpus/tnef/full"
} >m
t_run mimeunpack -d tnef m
t_is "$(names tnef)" 'Pläne für 2027.pdf message.html message.rtf note.txt ' 'what is in a winmail.dat'
t_is "$(stat -c %Y tnef/note.txt)" 1795000000 'with its time'
t_run mimeunpack -d tnef2 --as-is m
t_same tnef2/winmail.dat "$TOP/tests/fuzz/corpus/tnef/full" '--as-is takes it as it is'
t_run mimeunpack -d tnef3 -x "$TOP/tests/fuzz/corpus/tnef/full"
t_is "$(names tnef3)" 'Pläne für 2027.pdf message.html message.rtf note.txt ' 'a winmail.dat by itself'
{
	printf 'Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n'
	base64 "$TOP/tests/fuzz/corpus/tnef/cut"
} >m
t_run mimeunpack -d tnef4 m
t_same tnef4/winmail.dat "$TOP/tests/fuzz/corpus/tnef/cut" 'one that is damaged is kept'
t_like "$(cat err)" 'TNEF stream is damaged' 'and told'

# Many messages: each has its number in front.
mkdir -p md/cur md/new
mixed "$(part a/b same 1)" >md/cur/1
mixed "$(part a/b same 2)" >md/cur/2
t_run mimeunpack -d many md
t_is "$(names many)$(cat many/1-same many/2-same | tr '\n' ' ')" '1-same 2-same 12' 'of a Maildir'

# Limits and damage.
mixed "$(part a/b one 12345; part a/b two 67890)" >m
t_expect_exit 3 mimeunpack -d limit --max-size 8 m
t_is "$(names limit)" 'one ' 'what does not fit is not left behind in part'
mixed "$(part 'a/b
Content-Transfer-Encoding: base64' x 'QU!JD*')" >m
t_run mimeunpack -d junk m
t_is "$STATUS $(cat junk/x)" '0 ABC' 'damaged base64 is read as far as it goes'
t_like "$(cat err)" 'part 1: the encoding is damaged' 'and told'
mixed "$(part a/b big "$(head -c 100000 /dev/zero | tr '\0' x)")" >m
(
	ulimit -f 20
	mimeunpack -d full m
) >out 2>err
t_is "$? $(names full)" '75 ' 'a file that could not be written is removed'
t_done
