#!/bin/sh
# SPDX-License-Identifier: ISC
#
# walkthrough.sh - "From an account to a message" of imapd(8), command by command as it is printed there.
. "${0%/*}/../../support/lib.sh"

t_init
cat >"$T/walk.py" <<'END'
import os, re, subprocess, sys

# As a user without rights.
nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] if os.geteuid() == 0 else []

page = open(sys.argv[1]).read().split(".Ss From an account to a message\n")[1].split("\n.Sh ")[0]
blocks = re.findall(r"\.Bd -literal -offset indent\n(.*?)\n\.Ed", page, re.S)
lines = [re.sub(r"^\\&", "", l).replace("\\e", "\\") for l in "\n".join(blocks).split("\n")]


def run(script, text, want):
    """What it prints is what the page says: "..." is anything, a line " ..." any lines."""
    got = subprocess.run(nobody + ["sh", "-c", script], input=text, stdout=subprocess.PIPE, text=True).stdout
    pattern = "".join("(.*\n)*" if l == " ..." else re.escape(l).replace(r"\.\.\.", ".*") + "\n" for l in want)
    ok = re.fullmatch(pattern, got.replace("\r", ""))
    print("%s - %s" % ("ok" if ok else "not ok", script.split("\n")[-1].replace("\\", "/")))
    if not ok:
        print("got:\n%s\nwant:\n%s" % (got, pattern))


# Each command starts where the ones before it have left the shell.
before, i = "", 0
while i < len(lines):
    command = lines[i][2:]
    assert lines[i].startswith("$ "), lines[i]
    i += 1
    if "<<END" in command:
        end = lines.index("END", i) + 1
        command += "\n" + "\n".join(lines[i:end])
        i = end
    rest = []
    while i < len(lines) and not lines[i].startswith("$ "):
        rest.append(lines[i])
        i += 1
    typed = [l for l in rest if re.match(r"a[0-9] (?!OK )", l)]
    stays = re.match("mkdir|export", command)
    run(before + command, "".join(l + "\r\n" for l in typed), [l for l in rest if l not in typed])
    if stays:
        before += command.replace("mkdir box && ", "") + "\n"
END
mkdir "$T/desk" && chmod 777 "$T/desk" && cd "$T/desk" || exit 1
unset LETTERBOX_CONF
python3 "$T/walk.py" "$TOP/man/imapd.8" >"$T/walked" 2>&1
t_is "$?" 0 'the section can be read'
while IFS= read -r line; do
	case $line in
	'ok - '*) t_ok "${line#ok - }";;
	'not ok - '*) t_fail "${line#not ok - }";;
	*) t_note "$line";;
	esac
done <"$T/walked"
t_is "$(grep -c '^ok' "$T/walked")" 6 'six commands'
t_is "$(find "$T/desk/box/ada/cur" -name '*:2,S' | grep -c .)" 1 'the message was read'
t_done
