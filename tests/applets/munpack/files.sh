#!/bin/sh
# SPDX-License-Identifier: ISC
#
# munpack's options; messages that came in parts.
. "${0%/*}/../../support/lib.sh"

t_init
TMPDIR=$T/tmp
export TMPDIR
mkdir "$TMPDIR" "$T/d"
cd "$T" || exit 1
printf 'MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b

what it is
--b
Content-Type: image/png; name="../x?.png"
Content-Transfer-Encoding: base64

QUJDRA==
--b
Content-Type: application/pdf

pdf
--b--
' >m
names()
{
	(cd d && LC_ALL=C ls | tr '\n' ' ')
}
t_run munpack -C d "$T/m"
t_is "$STATUS $(cat out)" '0 xX.png (image/png)
part1 (application/pdf)' 'files are named'
t_is "$(names)$(cat d/xX.desc)" 'part1 xX.desc xX.png what it is' 'with a description beside'
t_run munpack -C d <m
t_is "$(names)" 'part1 part1.1 xX.desc xX.png xX.png.1 xX.png.desc ' 'names that are taken get numbers'
rm -f d/*
t_run munpack -t -r _ -C d <m
t_is "$(names)" 'part1 part2 x_.png ' '-t writes texts, -r says what stands for a bad character'
echo old >d/x_.png
ln -sf ../m d/part1
cp m m.copy
t_run munpack -f -t -r _ -C d <m
t_is "$(names)$(cat d/x_.png)" 'part1 part2 x_.png ABCD' '-f replaces'
t_same m m.copy 'but not what a link leads to'
printf '\nsee\nbegin 644 u.txt\n#86)C\n`\nend\n' >uu
rm -f d/*
t_run munpack -C d "$T/uu"
t_is "$(names)$(cat d/u.txt)" 'u.txt abc' 'files in uuencode'
printf '\njust text\n' >text
t_run munpack -C d "$T/text"
t_is "$STATUS $(cat err)" "0 Did not find anything to unpack from $T/text" 'nothing is nothing'
t_run munpack -q -C d "$T/text"
t_is "$(cat err)" '' '-q is quiet'
t_expect_exit 1 munpack "$T/none"
t_expect_exit 64 munpack -r / "$T/m"
t_expect_exit 64 munpack -r ab "$T/m"

# Parts, the last one first.
part()
{
	printf 'MIME-Version: 1.0\nContent-Type: message/partial; id="%s"; number=%s%s\n\n%s' "$1" "$2" "$3" "$4"
}
part ../a@b 1 '' 'Subject: whole
MIME-Version: 1.0
Content-Type: application/x; name=whole.bin
Content-Transfer-Encoding: base64

QUJD
' >p1
part ../a@b 2 '' 'REVG
' >p2
part ../a@b 3 '; total=3' 'R0hJ
' >p3
rm -f d/*
t_run munpack -C d "$T/p3" "$T/p1"
t_is "$(cat out)" 'Saving part 3 of 3
Saving part 1 of 0' 'parts are kept'
t_is "$(names)$(stat -c %a "$TMPDIR"/m-prts-*)" 700 'where nobody else can see them'
t_run munpack -q -C d "$T/p2"
t_is "$(cat d/whole.bin)" ABCDEFGHI 'the last makes them one'
t_is "$(find "$TMPDIR" -type f | wc -l)" 0 'and nothing is left'
part x 1 '; total=1' "$(part y 1 '; total=1' 'inner')" >nested
t_run munpack -C d "$T/nested"
t_is "$STATUS $(cat d/part1)" '0 inner' 'parts within parts are files'
printf 'Content-Type: message/partial; id=x\n\n' >bad
t_expect_exit 65 munpack "$T/bad"
rm -rf "$TMPDIR"/m-prts-*
mkdir -m 777 "$TMPDIR/m-prts-$(id -u)"
chmod 777 "$TMPDIR/m-prts-$(id -u)"
t_expect_exit 75 munpack "$T/p1"
t_done
