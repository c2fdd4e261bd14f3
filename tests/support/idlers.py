#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""idlers.py - many IMAP sessions in IDLE, each on a mailbox of its own, and a message for each by LMTP.

    idlers.py make DIRECTORY COUNT UID        DIRECTORY/users, and a home for each of user0, user1 ...
    idlers.py run COUNT IMAP_PORT LMTP_PORT SERVER_PID

prints results as dialogue.py does, and "figure NAME=MILLISECONDS": from the end of a message on the LMTP connection to
"EXISTS" in the session of whom it is for. First each user gets a message of his own, one after the other; then all get
one that goes to many at once."""
import os
import re
import selectors
import socket
import sys
import time

from dialogue import ok

PATIENCE = 60  # seconds, for whatever is waited for
AT_ONCE = 50  # recipients of one message
TEXT = b"From: sender@test.example\r\nSubject: hello\r\n\r\nhello\r\n.\r\n"


def make(directory, count, uid):
    with open(directory + "/users", "a") as users:
        for i in range(count):
            home = "%s/home/user%d" % (directory, i)
            os.makedirs(home)
            if os.geteuid() == 0:
                os.chown(home, uid, uid)
            users.write("user%d:{PLAIN}secret:%d:%d::%s::\n" % (i, uid, uid, home))


class Session:
    def __init__(self, port, i):
        self.s = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.text = b""
        self.told = None
        self.wait_for(b"* OK ")
        self.s.sendall(b"a LOGIN user%d secret\r\nb SELECT INBOX\r\n" % i)
        self.wait_for(b"b OK ")
        self.s.sendall(b"c IDLE\r\n")
        self.wait_for(b"+ ")
        self.s.setblocking(False)

    def wait_for(self, start):
        while True:
            while b"\r\n" not in self.text:
                got = self.s.recv(65536)
                if not got:
                    raise EOFError("closed while %r was waited for" % start)
                self.text += got
            line, self.text = self.text.split(b"\r\n", 1)
            if line.startswith(start):
                return

    def look(self, want):
        """What has come: is it the number of messages that is waited for?"""
        got = self.s.recv(65536)
        if not got:
            raise EOFError("a session was closed")
        self.text += got
        lines = self.text.split(b"\r\n")
        self.text = lines.pop()
        if b"* %d EXISTS" % want in lines:
            self.told = time.monotonic()


class Lmtp:
    def __init__(self, port):
        self.s = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.f = self.s.makefile("rb")
        self.replies(1, b"220")
        self.say(b"LHLO test.example\r\n", 1, b"250")

    def replies(self, n, code):
        while n > 0:
            line = self.f.readline()
            if not line.startswith(code):
                raise EOFError("LMTP: %r" % line)
            n -= line[3:4] != b"-"

    def say(self, text, n, code):
        self.s.sendall(text)
        self.replies(n, code)

    def begin(self, users):
        """Up to the message, which is not ended."""
        self.say(b"MAIL FROM:<sender@test.example>\r\n", 1, b"250")
        self.say(b"".join(b"RCPT TO:<user%d@test.example>\r\n" % i for i in users), len(users), b"250")
        self.say(b"DATA\r\n", 1, b"354")


def figures(name, seconds):
    ms = sorted(s * 1000 for s in seconds)
    last = len(ms) - 1
    print("# %s: told after %.1f ms (median), %.1f (95 %%), %.1f (last)" % (
        name, ms[last // 2], ms[last * 95 // 100], ms[last]))
    print("figure %s_median=%.1f" % (name, ms[last // 2]))
    print("figure %s=%.1f" % (name, ms[last]))


def deliver(name, sessions, lmtp, selector, want, at_once):
    """A message for each, to so many in one transaction; `want` is how many messages each has then."""
    ends = [0.0] * len(sessions)
    for s in sessions:
        s.told = None
    for i in range(0, len(sessions), at_once):
        users = range(i, min(i + at_once, len(sessions)))
        lmtp.begin(users)
        for k in users:
            ends[k] = time.monotonic()
        lmtp.say(TEXT, len(users), b"250")
        for key, _ in selector.select(0):
            key.data.look(want)
    until = time.monotonic() + PATIENCE
    while any(s.told is None for s in sessions) and time.monotonic() < until:
        for key, _ in selector.select(0.2):
            key.data.look(want)
    waited = [s.told - end for s, end in zip(sessions, ends) if s.told is not None]
    ok(len(waited) == len(sessions), "%s: everybody is told" % name, len(waited))
    if waited:
        figures(name, waited)


def run(count, imap_port, lmtp_port, server):
    began = time.monotonic()
    sessions = [Session(imap_port, i) for i in range(count)]
    ok(True, "everybody is in IDLE")
    print("# after %.1f s" % (time.monotonic() - began))
    look_at_instances(server)
    selector = selectors.DefaultSelector()
    for s in sessions:
        selector.register(s.s, selectors.EVENT_READ, s)
    lmtp = Lmtp(lmtp_port)
    deliver("each", sessions, lmtp, selector, 1, 1)
    deliver("many", sessions, lmtp, selector, 2, AT_ONCE)


def look_at_instances(server):
    """How many of the sessions have inotify, and what one of them takes of memory."""
    with_inotify, private = 0, []
    for pid in open("/proc/%d/task/%d/children" % (server, server)).read().split():
        try:
            with_inotify += any(os.readlink("/proc/%s/fd/%s" % (pid, fd)) == "anon_inode:inotify"
                                for fd in os.listdir("/proc/%s/fd" % pid))
            text = open("/proc/%s/smaps_rollup" % pid).read()
            private.append(sum(int(n) for n in re.findall(r"Private_\w+:\s*(\d+)", text)))
        except OSError:
            continue
    size = sorted(private)[len(private) // 2] if private else 0
    print("# %d of them with inotify; %d kB each" % (with_inotify, size))
    print("figure inotify=%d private=%d" % (with_inotify, size))


if sys.argv[1] == "make":
    make(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
else:
    run(*[int(word) for word in sys.argv[2:]])
