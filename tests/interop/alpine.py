# SPDX-License-Identifier: ISC
#
# alpine.py PORT HOME FILE [PROTOCOL USER] - a person at alpine, which is never without a terminal: opens the mailbox at
# this port (of pop, by pop3), marks all messages, saves them to FILE and leaves. HOME has a pinerc.
import os
import pty
import re
import select
import sys
import time

PORT, HOME, FILE = sys.argv[1:4]
PROTOCOL, USER = sys.argv[4:] or ("pop3", "pop")
SECONDS = 15

# What is waited for on the screen, and what is typed then.
DIALOGUE = [
    ("(?i)password", "secret\r"),
    ("Preserve password", "n"),
    ("5 Messages", "i"),
    ("number 5", ";"),
    ("SELECT", "a"),
    ("selected", "a"),
    ("APPLY", "s"),
    ("SAVE", FILE + "\r"),
    ("Create|Yes", "y"),
    ("Saving DONE|copied", "q"),
]


def plain(screen):
    return re.sub(r"\x1b[\[()][0-9;?]*[A-Za-z]|[\x00-\x09\x0e\x0f]", "", screen)


def read(fd, seconds):
    """What was written to the terminal; None when it is closed."""
    if not select.select([fd], [], [], seconds)[0]:
        return ""
    try:
        return os.read(fd, 65536).decode("latin-1")
    except OSError:
        return None


def wait(fd, pattern):
    screen, end = "", time.monotonic() + SECONDS
    while not re.search(pattern, plain(screen)):
        more = read(fd, 0.2)
        if more is None or time.monotonic() > end:
            sys.exit("%r is not on the screen:\n%s" % (pattern, plain(screen)))
        screen += more
    # Keys that are typed while it still draws are lost.
    while read(fd, 0.2):
        pass


def main():
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(HOME=HOME, TERM="vt100", LINES="24", COLUMNS="80")
        folder = "{127.0.0.1:%s/%s/user=%s/notls}INBOX" % (PORT, PROTOCOL, USER)
        os.execlp("alpine", "alpine", "-p", HOME + "/pinerc", "-f", folder)
    try:
        for pattern, keys in DIALOGUE:
            wait(fd, pattern)
            os.write(fd, keys.encode())
        end = time.monotonic() + SECONDS
        while read(fd, 0.5) is not None and time.monotonic() < end:
            pass
    finally:
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            pass


main()
