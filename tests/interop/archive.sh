#!/bin/sh
# SPDX-License-Identifier: ISC
#
# archive.sh - the pages of an archive in Chromium, and as other parsers read them: tidy, and html5lib, which knows no
# mercy. Scripts that messages bring do not run, also when the page is served by `listmgr http`; pictures are shown, the
# style sheet is used, the button of an unsubscription works. Screenshots (light, dark, narrow, printed) are left in
# SHOTS, $B/screenshots.
. "${0%/*}/../support/lib.sh"

t_init
t_conf myorigin=example.org mydestination=example.org
SHOTS=${SHOTS:-${B:-$TOP/build}/screenshots}
L=$SPOOL/lists/friends
t_expect_exit 0 listmgr create --owner boss@example.net --description 'For the friends of small programs' friends \
	archive_access=public 'subject_prefix=[friends]' archive_url=https://lists.example.org/friends
python3 "$TOP/tests/support/archive_mail.py" 250 "$L/archive"
[ "$(id -u)" -ne 0 ] || chown -R --reference="$SPOOL" "$L"
t_expect_exit 0 listmgr archive friends
cp -r "$L/html" "$T/html"
chmod -R a+rX "$T/html"

if command -v tidy >/dev/null; then
	for page in "$T"/html/*.html; do
		tidy -q -e --show-info no "$page" 2>&1 | sed "s,^,${page##*/}: ,"
	done | grep -v -e '"loading"' -e '"aria-current"' >"$T/tidy"
	t_is "$(head -n 5 "$T/tidy")" '' 'tidy finds nothing in all pages'
else
	t_skip 'there is no tidy'
fi
# That of the system, for which the module is.
if /usr/bin/python3 -c 'import html5lib' 2>/dev/null; then
	/usr/bin/python3 - "$T/html" >"$T/html5lib" 2>&1 <<'P'
import glob, html5lib, sys
for page in glob.glob(sys.argv[1] + "/*.html"):
    with open(page, "rb") as file:
        html5lib.HTMLParser(strict=True).parse(file)
P
	t_is "$(tail -n 2 "$T/html5lib")" '' 'html5lib, strict, neither'
else
	t_skip 'there is no html5lib'
fi

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
if [ -z "$browser" ]; then
	t_skip 'there is no Chromium'
	t_done
fi

# chrome OPTION... URL: without a sandbox, as root in a container has none
chrome()
{
	HOME=$T/chrome timeout 60 "$browser" --headless=new --no-sandbox --disable-gpu --hide-scrollbars --no-first-run \
		--disable-extensions --user-data-dir="$T/chrome" "$@" 2>"$T/chrome.err"
}
dark=--blink-settings=preferredColorScheme=0
mkdir -p "$T/chrome" "$SHOTS"
rm -f "$SHOTS"/*.png
shot() { chrome --window-size="$2" --screenshot="$SHOTS/$1.png" "$3" ${4+"$4"} >/dev/null; }

# The first message whose page has this in it.
page() { (cd "$T/html" && grep -l "$1" [0-9]*.html | grep -v -e - | head -n 1); }
files=$T/html/$(page 'Berg') patch=$T/html/$(page 'diff --git') evil=$T/html/$(page '<h1>.*document.title')
folded=$T/html/$(page '<details') html=$(page 'page.html')
thread=$(find "$T/html" -name 'thread-*' -size +4k | sort | head -n 1)
shot front 1100,1300 "file://$T/html/index.html"
shot front-dark 1100,1300 "file://$T/html/index.html" $dark
shot month 1100,1300 "file://$T/html/2025-08.html"
shot month-narrow-dark 400,1100 "file://$T/html/2025-08.html" $dark
shot thread 1100,1000 "file://$thread"
shot message 1100,1200 "file://$files"
shot message-dark 1100,1200 "file://$patch" $dark
shot message-narrow 400,1200 "file://$folded"
t_is "$(find "$SHOTS" -name '*.png' -size +8k | wc -l)" 8 'screenshots are taken, and show something'

# The colours of the page tell whether the style sheet was used.
differ() { cmp -s "$SHOTS/$1.png" "$SHOTS/$2.png" && echo no; }
t_is "$(differ front front-dark)" '' 'dark is not light'

chrome --dump-dom "file://$evil" >"$T/dom"
t_like "$(cat "$T/dom")" '<title>[^<]*document.title' 'the subject is the title'
t_is "$(grep -c '<script\|<title>owned' "$T/dom")" 0 'and no script has run'
chrome --dump-dom "file://$files" >"$T/dom"
t_like "$(cat "$T/dom")" '<img loading="lazy" src="attachments/' 'a picture is in the page'

t_start http listmgr http --listen 127.0.0.1:0 --foreground
t_port http
chrome --dump-dom "http://127.0.0.1:$PORT/friends/archive/${files##*/}" >"$T/dom"
t_like "$(cat "$T/dom")" 'In reply to|Attachments' 'listmgr http serves the pages'
t_like "$(cat "$T/http.log")" 'GET /friends/archive/style.css, status=200' 'Chromium takes the style sheet'
t_like "$(cat "$T/http.log")" 'GET /friends/archive/attachments/[0-9]+/1-[^ ]*png, status=200' 'and the picture'
shot http-list 700,800 "http://127.0.0.1:$PORT/friends/"
chrome --dump-dom "http://127.0.0.1:$PORT/friends/archive/attachments/${html%.html}/1-page-html.txt" >"$T/dom"
t_like "$(cat "$T/dom")" '&lt;script&gt;alert' 'an attachment that is HTML is text'
t_done
