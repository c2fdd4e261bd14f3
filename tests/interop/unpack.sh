#!/bin/sh
# SPDX-License-Identifier: ISC
#
# unpack.sh - the same messages taken apart by mimeunpack and by Python's email, GMime, maildrop's reformime, munpack, tnef and
# ytnef: the same parts, names and octets. Messages of many shapes are made by Python's email; what is normalised is read
# by all as before.
. "${0%/*}/../support/lib.sh"

t_init
HERE=$(cd "$(dirname "$0")" && pwd)
LC_ALL=C.UTF-8
export LC_ALL
cd "$T" || exit 1
# That of the system, for which the bindings are.
PATH=$LETTERBOX_BIN:/usr/bin:$PATH
mkdir messages
python3 "$HERE/structures.py" make messages

# agree NAME WITH: every message is to ours as it is to WITH
agree()
{
	differ=
	for m in messages/*.eml; do
		python3 "$HERE/structures.py" ours "$m" "$LETTERBOX_BIN/mimeunpack" >ours 2>&1
		python3 "$HERE/structures.py" "$2" "$m" >theirs 2>&1
		cmp -s ours theirs && continue
		differ="$differ $m"
		diff ours theirs | head -n 4 | t_note
	done
	t_is "$differ" '' "$1 finds the same parts, names and octets in $(find messages -type f | wc -l) messages"
}
agree "Python's email" python
if python3 -c 'import gi; gi.require_version("GMime", "3.0")' 2>/dev/null; then
	agree GMime gmime
else
	t_skip 'there is no GMime'
fi

# Normalised they are to Python what they were to us.
differ=
for m in messages/*.eml; do
	mimeunpack --normalise "$m" >normal.eml || differ="$differ $m"
	python3 "$HERE/structures.py" ours "$m" "$LETTERBOX_BIN/mimeunpack" >ours
	python3 "$HERE/structures.py" python normal.eml >theirs
	cmp -s ours theirs || differ="$differ $m"
	[ -z "$(mimeunpack --lint normal.eml | grep -v 'name-path\|-missing')" ] || differ="$differ lint:$m"
done
t_is "$differ" '' 'normalised, Python reads the same, and lint is content'

# maildrop's command, if it is not ours.
if [ -x /usr/bin/reformime ]; then
	differ=
	for m in messages/*.eml; do
		/usr/bin/reformime <"$m" >theirs
		reformime <"$m" >ours
		cmp -s ours theirs || differ="$differ $m"
		for section in $(/usr/bin/reformime -i <"$m" | awk '
			/^section:/ { section = $2 }
			/^content-type: (text|application)/ { print section }'); do
			/usr/bin/reformime -e -s "$section" <"$m" >theirs
			reformime -e -s "$section" <"$m" >ours
			# It leaves line ends of quoted-printable as the file has them.
			cmp -s ours theirs || [ "$(tr -d '\r' <ours)" = "$(tr -d '\r' <theirs)" ] ||
				differ="$differ $m/$section"
		done
	done
	t_is "$differ" '' "maildrop's reformime has the same sections and contents"
	for text in 'Hóla' 'plain' 'Grüße aus der großen weiten Welt, und noch viel mehr'; do
		t_is "$(/usr/bin/reformime -h "$(reformime -o "$text")")" "$text" "it decodes what ours encodes: $text"
		t_is "$(reformime -h "$(/usr/bin/reformime -c UTF-8 -o "$text")")" "$text" 'and the reverse'
	done
fi

# The real munpack loses names by RFC 2231: those apart, the same files.
if [ -x /usr/bin/munpack ]; then
	cat >plain.eml <<-'END'
		MIME-Version: 1.0
		Content-Type: multipart/mixed; boundary=b

		--b
		Content-Type: image/png; name="a.png"
		Content-Transfer-Encoding: base64

		QUJDRA==
		--b
		Content-Type: application/pdf; name="b c.pdf"
		Content-Transfer-Encoding: quoted-printable

		x=3Dy
		--b--
	END
	printf '\nbegin 644 u.txt\n#86)C\n`\nend\n' >uu.eml
	mkdir ours.d theirs.d
	for m in plain uu; do
		munpack -q -C ours.d "$T/$m.eml" >ours
		/usr/bin/munpack -q -C theirs.d "$T/$m.eml" >theirs 2>/dev/null
		t_is "$(cat ours)" "$(sed 's/bXc/b c/' theirs)" "munpack says the same of $m"
	done
	for f in a.png u.txt; do
		t_same "ours.d/$f" "theirs.d/$f" "and makes the same $f"
	done
fi

# winmail.dat
for sample in full named body; do
	dat=$TOP/tests/fuzz/corpus/tnef/$sample
	rm -rf ours.t theirs.t
	mkdir ours.t theirs.t
	mimeunpack -d ours.t "$dat"
	if command -v tnef >/dev/null; then
		tnef --save-body=message --body-pref=all -C theirs.t "$dat" 2>/dev/null
		bad=
		for f in ours.t/*; do
			found=
			for g in theirs.t/*; do
				cmp -s "$f" "$g" && found=1
			done
			# A name with a slash, tnef cannot create.
			case $f in
			*/note.txt) found=1;;
			esac
			[ -n "$found" ] || bad="$bad $f"
		done
		t_is "$bad" '' "tnef finds the same in $sample"
	fi
	if command -v ytnef >/dev/null; then
		rm -rf theirs.t
		mkdir theirs.t
		ytnef -f theirs.t "$dat" >/dev/null 2>&1
		bad=
		for g in theirs.t/*; do
			[ -e "$g" ] || continue
			found=
			for f in ours.t/*; do
				cmp -s "$f" "$g" && found=1
			done
			[ -n "$found" ] || bad="$bad $g"
		done
		t_is "$bad" '' "what ytnef finds in $sample is there"
	fi
done
t_done
