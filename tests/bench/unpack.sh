#!/bin/sh
# SPDX-License-Identifier: ISC
#
# unpack.sh - a message with a large file taken apart, the structure of a mailbox, and a message of 2 GB, beside other
# programs that do the same and beside a plain copy of the file. All is on tmpfs: what is measured is the work, and not the
# disk.
. "${0%/*}/lib.sh"

cd "$D" || exit 1
count=${QUICK:+3}
count=${count:-9}
megabytes=100
messages=10000
[ -z "$QUICK" ] || messages=2000

# message: the head of one with a file, whose base64 follows
message()
{
	printf 'From: a@test.example\nTo: b@test.example\nSubject: data\nMIME-Version: 1.0\n'
	printf 'Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nHere it is.\n'
	printf -- '--b\nContent-Type: application/octet-stream; name=data.bin\nContent-Transfer-Encoding: base64\n'
	printf 'Content-Disposition: attachment; filename=data.bin\n\n'
}

head -c "${megabytes}000000" /dev/urandom >data.bin
{
	message
	base64 data.bin
	printf -- '--b--\n'
} >message.eml
mkdir ours theirs

# unpack_with PEER TARGET COMMAND...: beside ours; each removes what the last round left.
unpack_with()
{
	peer=$1 target=$2
	shift 2
	rm -rf ours/* theirs/*
	lines=$("$TOOLS/race" --count "$count" --warm-up 1 -- \
		sh -c "rm -f ours/*; exec '$LETTERBOX_BIN/mimeunpack' -x -d ours message.eml" --vs "$@")
	ours=$(printf '%s\n' "$lines" | sed -n 1p) theirs=$(printf '%s\n' "$lines" | sed -n 2p)
	if ! cmp -s ours/data.bin data.bin || ! find theirs -type f -exec cmp -s {} data.bin \; -print | grep -q .; then
		note "unpack: $peer: the file is not there: $theirs"
		return
	fi
	row "mimeunpack: $megabytes MB out of a message" ms lower "$(figure p50_ms "$ours")" "$(figure p50_ms "$theirs")" \
		"$peer" "$target"
	[ "$peer" = copy ] || row 'mimeunpack: memory for it' KiB lower "$(figure rss_kb "$ours")" \
		"$(figure rss_kb "$theirs")" "$peer" -
}

unpack_with copy 1.7 sh -c 'rm -f theirs/*; exec cp data.bin theirs/data.bin'
row 'mimeunpack: memory for it' KiB lower "$(figure rss_kb "$ours")" 4096 limit 1
if command -v mshow >/dev/null; then
	unpack_with mblaze 1 sh -c 'rm -f theirs/*; cd theirs && exec mshow -x ../message.eml'
fi
if command -v munpack >/dev/null; then
	unpack_with munpack 1 sh -c 'rm -f theirs/*; exec munpack -q -C theirs ../message.eml'
fi
if command -v ripmime >/dev/null; then
	unpack_with ripmime 1 sh -c 'rm -f theirs/*; exec ripmime -i message.eml -d theirs'
fi
if command -v reformime >/dev/null; then
	unpack_with reformime 1 sh -c 'rm -f theirs/*; exec reformime -s 1.2 -e <message.eml >theirs/data.bin'
fi
rm -rf ours theirs data.bin message.eml

# The structure of every message of a mailbox: each a multipart of 28 KB.
mkdir -p box/cur box/new box/tmp
{
	message | sed 's/data/plan/'
	head -c 20000 /dev/urandom | base64
	printf -- '--b\nContent-Type: message/rfc822\n\nSubject: within\n\ntext\n--b--\n'
} >one
seq -f 'box/cur/17000%05g.M1P1.host:2,S' "$messages" | while read -r name; do
	cp one "$name"
done
structures()
{
	peer=$1 target=$2
	shift 2
	lines=$("$TOOLS/race" --count "$count" --warm-up 1 -- "$LETTERBOX_BIN/mimeunpack" -l box --vs "$@")
	ours=$(printf '%s\n' "$lines" | sed -n 1p) theirs=$(printf '%s\n' "$lines" | sed -n 2p)
	row "mimeunpack: structure of $messages messages" ms lower "$(figure p50_ms "$ours")" "$(figure p50_ms "$theirs")" \
		"$peer" "$target"
	row 'mimeunpack: memory for it' KiB lower "$(figure rss_kb "$ours")" "$(figure rss_kb "$theirs")" "$peer" -
}
if command -v mshow >/dev/null; then
	structures mblaze 0.5 sh -c 'mlist box | exec mshow -t'
fi
rm -rf box one

# Memory does not grow with the message.
if [ -z "$QUICK" ]; then
	{
		message
		head -c 1500000000 /dev/zero | base64
		printf -- '--b--\n'
	} >large.eml
	lines=$("$TOOLS/race" --count 1 --warm-up 0 -- "$LETTERBOX_BIN/mimeunpack" -O -p 2 large.eml)
	row 'mimeunpack: memory for a message of 2 GB' KiB lower "$(figure rss_kb "$lines")" 8192 limit 1
	lines=$("$TOOLS/race" --count 1 --warm-up 0 -- "$LETTERBOX_BIN/mimeunpack" -l large.eml)
	row 'mimeunpack: memory for its structure' KiB lower "$(figure rss_kb "$lines")" 8192 limit 1
	rm -f large.eml
fi
