#!/bin/sh
# SPDX-License-Identifier: ISC
#
# tables.sh - every example in letterbox-tables(5) does what the page says. A literal block there begins with the name
# of the file that it is, or with the command whose output follows.
. "${0%/*}/../../support/lib.sh"
t_init
page=$TOP/man/letterbox-tables.5
mkdir -p "$T/base" "$T/etc"

# Each block becomes a file: SECTION/NUMBER. The order of sections and blocks is that of the names.
awk -v to="$T/blocks" '
	/^\.S[hs] / { section++; block = 0 }
	/^\.Bd -literal/ {
		name = sprintf("%s.%02d.%02d", to, section, ++block)
		inside = 1
		next
	}
	/^\.Ed/ { inside = 0 }
	inside {
		gsub(/\\&/, "")
		gsub(/\\e/, "\\")
		print >name
	}' "$page"

here()
{
	sed -e "s#/etc/letterbox\.conf#$T/etc/conf#g" -e "s#/etc/letterbox/#$T/etc/#g"
}

# run FILE: the commands in it, with their output, in the words of the page.
run()
{
	sed -n 's/^\$ //p' "$1" | while IFS= read -r line; do
		printf '$ %s\n' "$line"
		sh -c "$(printf '%s\n' "$line" | here)" 2>&1 | tr -d '\r'
	done | sed -e "s#$T/etc/#/etc/letterbox/#g"
}

put_file()
{
	read -r _ name <"$1"
	name=$(printf '%s\n' "$name" | here)
	if [ "$name" = "$T/etc/conf" ]; then here <"$1" >>"$name"; else here <"$1" >"$name"; fi
}

LETTERBOX_CONF=$T/etc/conf
LETTERBOX_SPOOL=$SPOOL
export LETTERBOX_CONF LETTERBOX_SPOOL
base=
seen=
for block in "$T"/blocks.*; do
	section=${block%.*}
	if [ "$section" != "$seen" ]; then
		# What comes before the first command is for all sections.
		[ -z "$base" ] || cp "$base" "$T/etc/conf"
		seen=$section
	fi
	case $(head -n 1 "$block") in
	'# '*)
		put_file "$block"
		;;
	*)
		t_run letterbox config --check
		t_is "$STATUS" 0 "the tables of example ${section##*.} are right"
		run "$block" >"$T/got.${block##*/blocks.}"
		t_same "$T/got.${block##*/blocks.}" "$block" "example ${section##*.} prints what the page says"
		;;
	esac
	if [ -z "$base" ] && grep -q henri.dupont "$block"; then
		cp "$T/etc/conf" "$T/base/conf"
		base=$T/base/conf
	fi
done
t_is "$(grep -l '^\$ ' "$T"/blocks.* | wc -l | tr -d ' ')" 8 'each kind of table has its example, and a catch-all'
t_done
