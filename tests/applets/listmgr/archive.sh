#!/bin/sh
# SPDX-License-Identifier: ISC
#
# archive - the pages of an archive: made, brought up to date, published elsewhere, taken away; read by a parser that is
# not ours, which finds no script and no link that leads nowhere.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf myorigin=example.org mydestination=example.org

HERE=$TOP/tests/support
t_expect_exit 0 listmgr create --owner boss@example.net --description 'For <friends>' friends archive_access=public \
	archive_url=https://lists.example.org/friends 'subject_prefix=[friends]'
L=$SPOOL/lists/friends
own() { [ "$(id -u)" -ne 0 ] || chown -R --reference="$SPOOL" "$L"; }
python3 "$HERE/archive_mail.py" 60 "$L/archive"
own
t_expect_exit 0 listmgr archive friends
t_like "$(cat "$T/out")" '^60 messages, [0-9]+ files written, 0 removed$' 'archive says what it did'
python3 "$HERE/archive_pages.py" "$L/html" >"$T/problems"
t_is "$(cat "$T/problems")" '' 'pages are well-formed, have no script, and all links lead somewhere'
t_is "$(grep -rl 'alice@example.net' "$L/html" --include='*.html' --include='*.atom')" '' 'addresses are obscured'
t_expect_exit 0 listmgr archive friends@example.org
t_is "$(cat "$T/out")" '60 messages, 0 files written, 0 removed' 'what has not changed is not written'

# One more is a few files; who is killed at any of them leaves pages that are whole, and the next run does the rest.
n=0
for call in renameat:1 renameat:2 linkat:1 renameat:5 openat:25 renameat:7 write:9; do
	n=$((n + 1))
	sed "s/^Message-ID:.*/Message-ID: <again$n@x>/" "$(find "$L/archive/cur" -type f | sort | sed -n "${n}p")" \
		>"$L/archive/new/$((1790000000 + n)).M$n.x"
	own
	strace -qq -f -o "$T/trace" -e trace="${call%:*}" -e inject="${call%:*}:signal=KILL:when=${call#*:}" \
		"$LETTERBOX" listmgr archive friends >/dev/null 2>&1
	t_is "$(tail -n 1 "$T/trace" | grep -c SIGKILL) $(python3 "$HERE/archive_pages.py" "$L/html" | head -n 3)" '1 ' \
		"killed at $call the pages are whole"
done
t_run listmgr archive friends
t_like "$(cat "$T/out")" '^67 messages, [0-9]+ files written' 'a run that was killed is made up for'
t_run listmgr archive friends
t_is "$(cat "$T/out")" '67 messages, 0 files written, 0 removed' 'once'
python3 "$HERE/archive_pages.py" "$L/html" >"$T/problems"
t_is "$(cat "$T/problems")" '' 'and the pages are whole'
cp -r "$L/html" "$T/before"
t_expect_exit 0 listmgr archive --rebuild friends
t_is "$(diff -r -x .pages "$T/before" "$L/html")" '' 'a rebuild makes the same pages'

mkdir "$T/www"
[ "$(id -u)" -ne 0 ] || chown --reference="$SPOOL" "$T/www"
t_expect_exit 0 listmgr archive --output "$T/www" --base-url https://other.example/a/ friends
t_like "$(cat "$T/www/1.html")" 'canonical" href="https://other.example/a/[A-Z2-7]+.html' 'pages elsewhere have their own URL'
t_expect_exit 64 listmgr archive --base-url javascript:alert friends
t_expect_exit 67 listmgr archive foes

t_expect_exit 0 listmgr config friends archive_robots=no archive_addresses=hidden
t_expect_exit 0 listmgr archive friends
t_like "$(cat "$L/html/1.html")" 'name="robots" content="noindex' 'search engines are kept out'
t_is "$(ls "$L/html/sitemap.xml" 2>/dev/null)" '' 'and have no map'
t_expect_exit 0 listmgr config friends archive_access=members
t_expect_exit 0 listmgr archive friends
t_is "$(find "$L/html" -name '*.html' -o -name '.pages' -o -type d -name attachments)" '' 'an archive for members has no pages'
t_done
