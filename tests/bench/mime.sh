#!/bin/sh
# SPDX-License-Identifier: ISC
#
# mime.sh - messages made of a large file, and taken apart, beside other programs that do and beside a plain copy of the
# file. All is on tmpfs: what is measured is the work, and not the disk.
. "${0%/*}/lib.sh"

cd "$D" || exit 1
count=${QUICK:+3}
count=${count:-9}
megabytes=100
head -c "${megabytes}000000" /dev/urandom >data.bin
printf 'Hello.\nHere it is.\n' >text

# pack_with PEER TARGET COMMAND...: beside ours. Each writes over what the last round left, as far as it can.
pack_with()
{
	peer=$1 target=$2
	shift 2
	rm -f theirs ours
	lines=$("$TOOLS/race" --count "$count" --warm-up 1 -- sh -c "exec '$LETTERBOX_BIN/mimepack' --from a@test.example \
		--to b@test.example --subject data --text text data.bin >ours" --vs "$@")
	ours=$(printf '%s\n' "$lines" | sed -n 1p) theirs=$(printf '%s\n' "$lines" | sed -n 2p)
	if [ "$(figure failed "$theirs")" != 0 ] || [ ! -s theirs ] ||
		[ "$(wc -c <theirs)" -lt "${megabytes}000000" ]; then
		note "mime: $peer did not pack: $theirs"
		return
	fi
	row "mimepack: $megabytes MB into a message" ms lower "$(figure p50_ms "$ours")" "$(figure p50_ms "$theirs")" \
		"$peer" "$target"
	[ "$peer" = copy ] || row "mimepack: memory for it" KiB lower "$(figure rss_kb "$ours")" \
		"$(figure rss_kb "$theirs")" "$peer" -
}

pack_with copy 1.7 cp data.bin theirs
row 'mimepack: memory for it' KiB lower "$(figure rss_kb "$ours")" 4096 limit 1
# Each as its manual has it, with the file attached to a text.
if command -v makemime >/dev/null; then
	pack_with makemime 1 makemime -j '(' -m multipart/mixed -a 'Mime-Version: 1.0' '(' -c text/plain text ')' ')' \
		-o theirs '(' -c application/octet-stream -e base64 data.bin ')'
fi
if command -v mpack >/dev/null; then
	# It refuses to write over a file.
	pack_with mpack 1 sh -c 'rm -f theirs; exec mpack -s data -d text -o theirs data.bin'
fi
if command -v mmime >/dev/null; then
	printf 'To: b@test.example\nSubject: data\n\nHello.\n#application/octet-stream data.bin>data.bin\n' >draft
	pack_with mblaze 1 sh -c 'mmime <draft >theirs'
fi
if command -v s-nail >/dev/null; then
	pack_with s-nail 1 sh -c 's-nail -:/ -S mta=test -S v15-compat -r a@test.example -s data -a data.bin b@test.example \
		<text >theirs'
fi

figures=$("$TOOLS/base64")
row 'base64: encode in lines' GB/s higher "$(figure encode_gbs "$figures")" 5 limit 1
row 'base64: decode' GB/s higher "$(figure decode_gbs "$figures")" 5 limit -
