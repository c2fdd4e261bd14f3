#!/bin/sh
# SPDX-License-Identifier: ISC
#
# mpack's options, as its manual has them.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf
cd "$T" || exit 1
head -c 30000 /dev/urandom >data.bin
printf '\211PNG\r\n\032\n picture' >x.png
printf 'Grüße\n' >text

tree()
{
	rm -rf leaves
	"$TOP/tests/support/structure.py" "$1" leaves
}

t_expect_exit 0 mpack -s 'Grüße' -d text -o out1 data.bin
cat >want <<'END'
multipart/mixed -
  text/plain charset=utf-8 base64
  application/octet-stream base64 inline filename=data.bin
END
tree out1 >got
t_same got want 'a file with a description'
t_same leaves/1 text 'which is as it was'
t_same leaves/2 data.bin 'as the file is'
t_like "$(sed '/^$/q' out1)" '^Subject: =\?UTF-8\?' 'a subject that is not ASCII'
t_like "$(sed '/^$/q' out1)" '^Message-ID: <.*@.*>$' 'and a message id'

t_expect_exit 0 mpack -a -s x -o out1 x.png
t_like "$(tree out1)" '^  image/png base64 attachment filename=x.png$' '-a: an attachment, its type guessed'
t_expect_exit 0 mpack -s x -c video/x-test -o out1 data.bin
t_like "$(tree out1)" '^  video/x-test base64 inline filename=data.bin$' '-c'
t_expect_exit 0 mpack -s x -o out1 text
t_like "$(tree out1)" '^  application/octet-stream base64 inline filename=text$' 'text is data for it'
t_expect_exit 64 mpack -s x -c text/plain -o out1 data.bin
printf 'from input\n' >subject
t_expect_exit 0 mpack -o out1 data.bin <subject
t_like "$(cat out1)" '^Subject: from input$' 'a subject is asked for'
t_expect_exit 64 mpack -o out1 data.bin </dev/null

# Split: RFC 2046 5.2.2.2 says how the parts become one message again.
join()
{
	sed '1,/^$/d' "$1.01"
	for part in "$1".0[2-9] "$1".[1-9]*; do
		[ ! -e "$part" ] || sed '1,/^$/d' "$part"
	done
}
for max in 2500 10000; do
	rm -f out2*
	t_expect_exit 0 mpack -s split -d text -m $max -o out2 data.bin
	n=$(find . -name 'out2.*' | wc -l)
	t_is "$(find . -name 'out2.*' -size "+${max}c" | wc -l)" 0 "no part is over $max"
	t_is "$(sed -n 's/.*total=\([0-9]*\).*/\1/p' out2.01 | head -n 1)" "$n" 'each says how many there are'
	t_is "$(grep -h '^Content-Type: message/partial; number=' out2.* | sort -u | wc -l)" "$n" 'and which it is'
	t_is "$(grep -h '	id="' out2.* | sort -u | wc -l)" 1 'and of which message'
	join out2 >joined
	tree joined >got
	t_same leaves/2 data.bin 'joined they are the message'
	t_like "$(sed '/^$/q' out2.02)" "^Subject: split \(02/$(printf %02d "$n")\)$" 'the subject is numbered'
done
rm -f out2*
t_expect_exit 0 mpack -s whole -m 1000000 -o out2 data.bin
t_is "$(echo out2*)" out2 'what fits is not split'
SPLITSIZE=10000 mpack -s x -o out3 data.bin
t_is "$(find . -name 'out3.*' | wc -l)" 5 'SPLITSIZE'
SPLITSIZE=10000 mpack -s x -m 0 -o out4 data.bin
t_is "$(echo out4*)" out4 '-m 0: no limit'
t_expect_exit 64 mpack -s x -m 100 -o out5 data.bin
t_expect_exit 64 mpack -s x -m many -o out5 data.bin

# Mailed.
t_expect_exit 0 mpack -s mailed data.bin al@test.example bo@test.example
t_is "$(t_mail_count al) $(t_mail_count bo)" '1 1' 'mailed to all'
set -- "$T"/home/al/Maildir/new/*
tree "$1" >got
t_same leaves/1 data.bin 'as it is'
t_like "$(sed '/^$/q' "$1")" '^To: al@test.example, bo@test.example$' 'which all see'
t_expect_exit 0 mpack -s parts -m 10000 data.bin carla@test.example
t_is "$(t_mail_count carla)" 5 'one mail for each part'
t_expect_exit 67 mpack -s x data.bin nobody-of-that-name@test.example
t_expect_exit 64 mpack -s x data.bin 'a@b@c'
t_expect_exit 64 mpack -s "$(printf 'x\nBcc: al@test.example')" data.bin bo@test.example

# Posted: inews gets the article.
mkdir bin
printf '#!/bin/sh\necho "$@" >%s/args\ncat >%s/article\n' "$T" "$T" >bin/inews
chmod +x bin/inews
PATH=$T/bin:$PATH mpack -s post -n comp.test,misc.test data.bin
t_is "$(cat args)" -h 'inews is told that there is a header'
t_like "$(cat article)" '^Newsgroups: comp.test,misc.test$' 'with the groups'

t_expect_exit 64 mpack -s x data.bin
t_expect_exit 64 mpack -s x
t_expect_exit 64 mpack -s x -o out6 data.bin al
t_expect_exit 66 mpack -s x -o out6 missing
t_is "$(echo out6*)" 'out6*' 'nothing is left of what could not be done'
t_expect_exit 0 mpack --help
t_done
