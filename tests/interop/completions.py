# SPDX-License-Identifier: ISC
"""Types words and a tab to a shell, as somebody at a terminal would: completions.py PREFIX SHELL ARGUMENT...

The shell starts with the lines of standard input. Prints a result for each row, in TAP without numbers.
"""
import os
import pty
import select
import signal
import sys
import time

# What is typed, and what the line is then.
ROWS = (
    ("letterbox mail", "letterbox mailq"),
    ("mailq --destinat", "mailq --destination"),
    ("sendmail --expir", "sendmail --expires"),
    ("mta-relay --foregr", "mta-relay --foreground"),
    ("listmgr arch", "listmgr archive"),
    ("letterbox smtpd --lm", "letterbox smtpd --lmtp"),
    ("letterbox config mynetwo", "letterbox config mynetworks"),
)


def read_until(fd, want, seconds):
    seen, end = b"", time.monotonic() + seconds
    while want not in seen and time.monotonic() < end:
        if not select.select([fd], [], [], 0.1)[0]:
            continue
        try:
            seen += os.read(fd, 65536)
        except OSError:
            break
    return seen


def main():
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="dumb", PATH="%s/bin:%s/sbin:%s" % (sys.argv[1], sys.argv[1], os.environ["PATH"]))
        os.execvp(sys.argv[2], sys.argv[2:])
    os.write(fd, sys.stdin.buffer.read() + b"echo rea''dy\n")
    ready = read_until(fd, b"ready\r\n", 30)
    if b"ready\r\n" not in ready:
        print("# %r" % ready)
    for typed, want in ROWS:
        os.write(fd, typed.encode() + b"\t")
        # The echo of what was typed comes first.
        seen = read_until(fd, want.encode(), 15)
        print("%s - %s: %s <Tab>" % ("ok" if want.encode() in seen else "not ok", sys.argv[2], typed))
        if want.encode() not in seen:
            print("# %r" % seen)
        # Away with the line; what is still written of it is not the next one's.
        os.write(fd, b"\x15")
        read_until(fd, b"\x00", 0.5)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


main()
