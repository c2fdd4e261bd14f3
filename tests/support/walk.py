# SPDX-License-Identifier: ISC
"""walk PAGE TYPED - the section "From an account to a message" of a manual page, command by command as it is printed
there. TYPED matches what is said to a server among what it answers."""
import os
import re
import subprocess
import sys

from dialogue import ok

# As a user without rights.
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] if os.geteuid() == 0 else []


def printed(page):
    section = open(page).read().split(".Ss From an account to a message\n")[1].split("\n.Sh ")[0]
    blocks = re.findall(r"\.Bd -literal -offset indent\n(.*?)\n\.Ed", section, re.S)
    return [re.sub(r"^\\&", "", line).replace("\\e", "\\") for line in "\n".join(blocks).split("\n")]


def run(script, text, want):
    """What it prints is what the page says: "..." is anything, a line " ..." any lines."""
    got = subprocess.run(NOBODY + ["sh", "-c", script], input=text, stdout=subprocess.PIPE, text=True).stdout
    pattern = "".join("(.*\n)*" if l == " ..." else re.escape(l).replace(r"\.\.\.", ".*") + "\n" for l in want)
    ok(re.fullmatch(pattern, got.replace("\r", "")), script.split("\n")[-1].replace("\\", "/"), (got, pattern))


def walk(lines, typed):
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
        said = [l for l in rest if re.match(typed, l)]
        run(before + command, "".join(l + "\r\n" for l in said), [l for l in rest if l not in said])
        if re.match("mkdir|export", command):
            before += command.replace("mkdir box && ", "") + "\n"


walk(printed(sys.argv[1]), sys.argv[2])
