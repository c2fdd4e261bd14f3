#!/bin/sh
# SPDX-License-Identifier: ISC
#
# makemime's options, as maildrop's manual has them, and BusyBox's.
. "${0%/*}/../../support/lib.sh"
t_init
cd "$T" || exit 1
printf 'plain\n' >msg.txt
printf '<p>plain</p>\n' >msg.html
printf 'Grüße\n' >utf8.txt
printf 'GIF89a\0\1\2' >attachment.gif

tree()
{
	rm -rf leaves
	"$TOP/tests/support/structure.py" "$1" leaves
}

t_run makemime -c text/plain msg.txt
t_is "$(cat out)" "$(printf 'Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\n\nplain')" 'an entity'
t_run makemime -c 'text/plain; charset=iso-8859-1' -e quoted-printable -a 'X-A: b' -a 'Content-Disposition: inline' msg.txt
t_is "$(cat out)" "$(printf 'X-A: b\nContent-Disposition: inline\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nplain')" 'with options'
makemime -c text/plain -C utf-8 -N n.txt -o out utf8.txt
t_is "$(tree out)" 'text/plain charset=utf-8 name=n.txt 8bit filename=n.txt' 'charset and name; 8bit where it is needed'
t_same leaves/1 utf8.txt 'the content'
makemime -c auto -o out attachment.gif
t_is "$(tree out)" 'application/octet-stream base64' '-c auto: data'
makemime -c auto - <msg.txt >out
t_is "$(tree out)" 'text/plain charset=us-ascii 7bit' '-c auto: text'

# The example of the manual: in steps, at once, and from a file.
makemime -c 'text/plain; charset=iso-8859-1' -o tmp1.txt msg.txt
makemime -c 'text/html; charset=iso-8859-1' -o tmp1.html msg.html
makemime -m multipart/alternative -a 'Content-Disposition: inline' -o tmp.ma1 tmp1.txt
makemime -j tmp.ma1 -o tmp.ma2 tmp1.html
makemime -c image/gif -a 'Content-Disposition: attachment' -o tmp2.gif attachment.gif
makemime -m multipart/mixed -a 'Mime-Version: 1.0' -o tmp.mm1 tmp.ma2
makemime -j tmp.mm1 -o output.msg tmp2.gif
tree output.msg >steps
cat >want <<'END'
multipart/mixed 7bit
  multipart/alternative 7bit inline
    text/plain charset=iso-8859-1 7bit
    text/html charset=iso-8859-1 7bit
  image/gif base64 attachment
END
t_same steps want 'step by step'
t_same leaves/2 msg.html 'contents are as they were'
t_same leaves/3 attachment.gif 'and the last one'
t_is "$(grep -ic '^mime-version' output.msg)" 1 'one MIME-Version'

makemime -j \( -m multipart/mixed -a 'Mime-Version: 1.0' \( -j \( -m multipart/alternative \
	-a 'Content-Disposition: inline' \( -c 'text/plain; charset=iso-8859-1' msg.txt \) \) \
	\( -c 'text/html; charset=iso-8859-1' msg.html \) \) \) -o output.msg \
	\( -c image/gif -a 'Content-Disposition: attachment' attachment.gif \)
tree output.msg >got
t_same got want 'at once, in parentheses'

cat >options <<'END'
# a comment
-j
(
   -m
       multipart/mixed
   -a
       Mime-Version: 1.0
   (
       -j
       (
           -m
               multipart/alternative
           -a
               Content-Disposition: inline
           (
               -c
                   text/plain; charset=iso-8859-1
               msg.txt
           )
       )
       (
           -c
               text/html; charset=iso-8859-1
           msg.html
       )
   )
)

-o
   output.msg
(
   -c
       image/gif
   -a
       Content-Disposition: attachment
   attachment.gif
)
END
for from in @options @- '@&3'; do
	rm output.msg
	makemime "$from" <options 3<options
	tree output.msg >got
	t_same got want "from a file: $from"
done
{ printf '%s\n' -c text/plain '&0' -; cat utf8.txt; } | makemime @- >out
tree out >got
t_same leaves/1 utf8.txt 'options and content from one pipe'

# Descriptors and pipes.
makemime -c text/plain -o '&4' '&3' 3<msg.txt 4>out
t_is "$(tree out)" 'text/plain charset=us-ascii 7bit' 'descriptors for files'
# shellcheck disable=SC2002
cat tmp.mm1 | makemime -j - tmp2.gif >out
tree out >got
t_same got want 'a multipart from a pipe'
makemime -c message/rfc822 \( -c text/plain msg.txt \) >out
t_is "$(tree out | tr '\n' '|')" 'message/rfc822 7bit|  text/plain charset=us-ascii 7bit|' 'an entity as a message'

# The boundary stands in no part.
makemime -m multipart/mixed -o one tmp1.txt
boundary=$(sed -n 's/.*boundary="\(.*\)"/\1/p' one)
printf -- '--%s--\n' "$boundary" >evil
makemime -c text/plain -o evil1 evil
makemime -j one -o two evil1
tree two >got
t_same leaves/2 evil 'a part cannot end what it is in'

# BusyBox
makemime -o out -c image/gif -a 'Subject: x' attachment.gif msg.txt
cat >want <<'END'
multipart/mixed 7bit
  image/gif base64 inline filename=attachment.gif
  image/gif base64 inline filename=msg.txt
END
tree out >got
t_same got want 'several files: BusyBox'
t_like "$(sed '/^$/q' out)" '^MIME-Version: 1.0$' 'which makes a whole message'
t_same leaves/2 msg.txt 'with the contents'

for bad in '' '-c text/plain' '-m multipart/mixed' '-m multipart/mixed msg.txt msg.txt' '-j one' '-c text/plain -m msg.txt' \
	'-c multipart/mixed msg.txt' '-m text/plain msg.txt' '( -c text/plain msg.txt' '-c text/plain msg.txt )' \
	'-c text/plain -e rot13 msg.txt' '-c text/plain -a nocolon msg.txt' '-c nonsense msg.txt' '-x' '-c text/plain -e' \
	'-c text/plain -e 7bit utf8.txt' '-c text/plain -a Content-Type:x msg.txt' '-m multipart/mixed ( -c text/plain -o x msg.txt )'; do
	# shellcheck disable=SC2086 # words
	t_expect_exit 64 makemime $bad
done
t_expect_exit 66 makemime -c text/plain missing
t_expect_exit 66 makemime @missing
t_expect_exit 65 makemime -j msg.txt tmp1.txt
t_expect_exit 73 makemime -c text/plain -o none/x msg.txt
t_expect_exit 0 makemime --help
t_done
