#!/usr/bin/python3
# SPDX-License-Identifier: ISC
#
# imapstress.py PORT MAILDIR SECONDS [SEED] - IMAP clients that do anything at random in one mailbox, while messages are
# delivered to the Maildir and a mail program beside them renames files. Each client keeps the view that the server has
# told it, and what it is told must fit that: numbers, UIDs, when EXPUNGE may come, what SEARCH finds. UIDs must mean the
# same message to all. In the end all views, a new session's and the files must be the same, and no message may be gone
# that nobody removed.
#
# The account is stress, its password secret. Prints what did not fit, and last what was done; exit status 1 if something
# did not.

import os
import random
import re
import socket
import sys
import threading
import time

PORT, MAILDIR, SECONDS = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 30)
CLIENTS = int(os.environ.get("STRESS_CLIENTS", "6"))
FLAGS = ["\\Seen", "\\Flagged", "\\Answered", "\\Draft", "Work", "$Label1"]
LETTERS = {"S": "\\seen", "F": "\\flagged", "R": "\\answered", "D": "\\draft", "T": "\\deleted"}
LOG = int(os.environ.get("STRESS_LOG", "20"))  # lines of the dialogue that are shown
SETTLE = 2.5  # seconds after which what others did has been told for certain

lock = threading.Lock()
wrong = []
done = {}
ids = {}  # UID: what the message says it is
uid_of = {}  # and the other way round
expected = set()  # what was delivered or appended
removed = set()  # UIDs that somebody has marked \Deleted, or moved
serial = [0]
stop = threading.Event()


class Broken(Exception):
    pass


def count(what):
    with lock:
        done[what] = done.get(what, 0) + 1


def new_id():
    with lock:
        serial[0] += 1
        return "m%d" % serial[0]


def message(name):
    return "From: a@b.example\r\nSubject: number %s\r\nX-Stress: %s\r\n\r\nbody of %s\r\n" % (name, name, name)


def parse(text):
    """The words of a response: lists for brackets, bytes for literals."""
    stack, at = [[]], 0
    while at < len(text):
        c = text[at : at + 1]
        if c == b" ":
            at += 1
        elif c == b"(":
            stack.append([])
            at += 1
        elif c == b")":
            top = stack.pop()
            stack[-1].append(top)
            at += 1
        elif c == b'"':
            found = re.compile(rb'"((?:[^"\\]|\\.)*)"').match(text, at)
            stack[-1].append(found.group(1))
            at = found.end()
        elif c == b"{":
            found = re.compile(rb"\{(\d+)\}\r\n").match(text, at)
            at = found.end() + int(found.group(1))
            stack[-1].append(text[found.end() : at])
        else:
            found = re.compile(rb"[^ ()\[\]\"]*(?:\[[^\]]*\][^ ()]*)?").match(text, at)
            if found.end() == at:
                raise Broken("cannot read %r" % text[at:])
            stack[-1].append(found.group(0))
            at = found.end()
    return stack[0]


def numbers(text):
    for part in text.split(b","):
        if part:
            first, _, last = part.partition(b":")
            yield from range(int(first), int(last or first) + 1)


class Client:
    def __init__(self, name, seed):
        self.name, self.random, self.tags = name, random.Random(seed), 0
        self.log = []
        self.modseq = self.stuck = 0
        self.qresync = self.random.random() < 0.4
        self.is_informed = self.random.random() < 0.5  # by CONTEXT=SEARCH, of what is \\Flagged
        self.open()

    def open(self):
        self.socket = socket.create_connection(("127.0.0.1", PORT), timeout=30)
        self.file = self.socket.makefile("rb")
        self.uids, self.flags, self.uidvalidity = [], {}, 0
        self.holds = self.in_select = False
        self.file.readline()
        self.do("LOGIN stress secret")
        if self.qresync:
            self.do("ENABLE QRESYNC")
        if self.random.random() < 0.4:
            self.do("NOTIFY SET (selected-delayed (MessageNew (UID FLAGS) MessageExpunge FlagChange)) "
                    "(personal (MessageNew MessageExpunge FlagChange MailboxName))")
        self.select()

    def fail(self, text):
        log = "\n    ".join(self.log[-LOG:])
        raise Broken("%s: %s; it knows the UIDs %s; it was said:\n    %s" % (self.name, text, self.uids, log))

    # ---- what is said ----

    def line(self):
        text = b""
        while True:
            part = self.file.readline()
            if not part.endswith(b"\r\n"):
                self.fail("the connection was closed")
            text += part
            literal = re.search(rb"\{(\d+)\}\r\n$", part)
            if not literal:
                self.log.append("S: %r" % text[:300])
                return text[:-2]
            text += self.file.read(int(literal.group(1)))

    def send(self, text):
        self.log.append("C: %s" % text[:200])
        self.socket.sendall(text.encode() + b"\r\n")

    def do(self, text, want="OK"):
        self.tags += 1
        tag = b"a%d" % self.tags
        verb = text.split()[0]
        self.holds = verb in ("FETCH", "STORE", "SEARCH", "SORT", "THREAD")
        self.answer, self.found = b"", None
        count(" ".join(text.split()[: 2 if verb == "UID" else 1]))
        self.send("a%d %s" % (self.tags, text))
        while True:
            line = self.line()
            if line.startswith(tag + b" "):
                break
            if not line.startswith(b"+"):
                self.untagged(line[2:])
        self.answer = line[len(tag) + 1 :]
        self.holds = False
        if want and not self.answer.startswith(want.encode()):
            self.fail("wanted %s" % want)
        return self.answer

    # ---- what is told ----

    def untagged(self, text):
        word = text.split(b" ")
        if word[0].isdigit():
            getattr(self, "on_" + word[1].decode().lower())(int(word[0]), text)
        elif word[0] in (b"VANISHED", b"ESEARCH", b"SEARCH", b"SORT", b"THREAD", b"OK", b"BYE"):
            getattr(self, "on_" + word[0].decode().lower())(text)

    def on_bye(self, text):
        pass

    def on_ok(self, text):
        found = re.search(rb"\[(UIDVALIDITY|HIGHESTMODSEQ) (\d+)\]", text)
        if found and found.group(1) == b"UIDVALIDITY":
            self.uidvalidity = int(found.group(2))
        elif found:
            if int(found.group(2)) < self.modseq:
                self.fail("HIGHESTMODSEQ went back from %d" % self.modseq)
            self.modseq = int(found.group(2))

    def on_exists(self, n, text):
        if self.in_select:
            self.uids = [None] * n
        elif n < len(self.uids):
            self.fail("%d EXISTS, where there were %d" % (n, len(self.uids)))
        else:
            self.uids += [None] * (n - len(self.uids))

    def on_recent(self, n, text):
        pass

    def on_expunge(self, n, text):
        if self.holds:
            self.fail("EXPUNGE while numbers are in use")
        if self.qresync:
            self.fail("EXPUNGE with QRESYNC")
        if not 0 < n <= len(self.uids):
            self.fail("EXPUNGE of %d, where there are %d" % (n, len(self.uids)))
        self.forget(self.uids.pop(n - 1))

    def forget(self, uid):
        self.flags.pop(uid, None)

    def on_vanished(self, text):
        earlier = b"(EARLIER)" in text
        gone = set(numbers(text.split(b" ")[-1]))
        if self.holds and not earlier:
            self.fail("VANISHED while numbers are in use")
        if not earlier:
            if None in self.uids:
                # Which number it was only who knows all UIDs can say: ask anew.
                self.uids = [None] * (len(self.uids) - len(gone))
            else:
                if not gone <= set(self.uids):
                    self.fail("VANISHED of what was not there")
                self.uids = [uid for uid in self.uids if uid not in gone]
        for uid in gone:
            self.forget(uid)

    def on_fetch(self, n, text):
        words = parse(text)[2]
        items = {words[i].upper().decode(): words[i + 1] for i in range(0, len(words), 2)}
        if not 0 < n <= len(self.uids):
            self.fail("FETCH of %d, where there are %d" % (n, len(self.uids)))
        if "UID" in items:
            self.learn(n - 1, int(items["UID"]))
        uid = self.uids[n - 1]
        if uid is None:
            return
        if "FLAGS" in items:
            self.flags[uid] = {f.decode().lower() for f in items["FLAGS"]} - {"\\recent"}
        if "MODSEQ" in items:
            self.modseq = max(self.modseq, 0)
        for name, value in items.items():
            if name.startswith("BODY["):
                self.identify(uid, value)

    def learn(self, i, uid):
        if self.uids[i] is not None and self.uids[i] != uid:
            self.fail("message %d has UID %d, and had %d" % (i + 1, uid, self.uids[i]))
        self.uids[i] = uid
        before = [u for u in self.uids[max(0, i - 5) : i] if u is not None]
        after = [u for u in self.uids[i + 1 : i + 6] if u is not None]
        if (before and before[-1] >= uid) or (after and after[0] <= uid):
            self.fail("UIDs do not ascend at message %d" % (i + 1))

    def identify(self, uid, value):
        found = re.search(rb"X-Stress: (\w+)", value)
        if not found:
            self.fail("the header of UID %d is not whole: %r" % (uid, value))
        self.note(uid, found.group(1).decode())

    def note(self, uid, name):
        """A UID is one message for ever, and a message has one UID."""
        with lock:
            if ids.setdefault(uid, name) != name:
                self.fail("UID %d is %s, and was %s" % (uid, name, ids[uid]))
            if uid_of.setdefault(name, uid) != uid:
                self.fail("%s has UID %d, and had %d" % (name, uid, uid_of[name]))

    def on_search(self, text):
        self.found = sorted(int(n) for n in text.split()[1:] if n.isdigit())
        self.check_found()

    def on_esearch(self, text):
        found = re.search(rb"(ALL|ADDTO|REMOVEFROM) \(?(?:0 )?([\d:,]+)", text)
        uids = set(numbers(found.group(2))) if found else set()
        if found and found.group(1) == b"REMOVEFROM":
            if not uids <= self.flagged:
                self.fail("REMOVEFROM of what was not in it: %s" % sorted(uids - self.flagged))
            self.flagged -= uids
        else:
            if uids & self.flagged:
                self.fail("ADDTO of what was in it: %s" % sorted(uids & self.flagged))
            self.flagged |= uids

    def on_sort(self, text):
        self.on_search(text)

    def on_thread(self, text):
        self.found = sorted(int(n) for n in re.findall(rb"\d+", text))
        self.check_found()

    def check_found(self):
        if self.wanted is None:
            return
        if None in self.uids:
            return
        want = self.wanted() if callable(self.wanted) else self.wanted
        if self.found != want:
            self.fail("found %s, wanted %s" % (self.found, want))

    wanted = None

    # ---- what is done ----

    def select(self):
        text = "SELECT INBOX"
        known = self.uidvalidity and self.qresync and self.modseq
        if known:
            text += " (QRESYNC (%d %d))" % (self.uidvalidity, self.modseq)
        self.in_select = True
        self.do(text)
        self.in_select = False
        self.flagged = set()
        if self.is_informed:
            self.do("UID SEARCH RETURN (UPDATE ALL) FLAGGED")
        self.learn_all()

    def learn_all(self):
        """Until each number has its UID: what vanished under our hands needs a NOOP between, and others come."""
        for tries in range(40):
            if None not in self.uids:
                self.stuck = 0
                return
            if tries > 2:
                time.sleep(SETTLE / 20)
            first = self.uids.index(None) + 1
            self.do("FETCH %d:* (UID FLAGS BODY.PEEK[HEADER.FIELDS (X-Stress)])" % first, None)
            self.do("NOOP")
        self.stuck += 1
        if self.stuck > 5:
            self.fail("some messages cannot be fetched, and are not said to be gone")

    def pick(self):
        known = [uid for uid in self.uids if uid is not None]
        return self.random.choice(known) if known else None

    def step(self):
        actions = [
            (8, self.noop),
            (6, self.fetch),
            (10, self.store),
            (3, self.mark_deleted),
            (2, self.expunge),
            (6, self.search),
            (2, self.order),
            (3, self.idle),
            (2, self.append),
            (1, self.move),
            (1, self.copy),
            (1, self.reselect),
            (1, self.reconnect),
        ]
        self.random.choices([a for _, a in actions], [w for w, _ in actions])[0]()
        if self.random.random() < 0.5:
            self.learn_all()

    def noop(self):
        self.do("NOOP")

    def fetch(self):
        uid = self.pick()
        if uid is None:
            return
        what = self.random.choice(["FLAGS", "(UID FLAGS RFC822.SIZE)", "(UID ENVELOPE)", "(UID BODY.PEEK[HEADER])"])
        if self.random.random() < 0.5:
            self.do("UID FETCH %d %s" % (uid, what), None)
        else:
            self.do("FETCH %d %s" % (self.uids.index(uid) + 1, what), None)

    def store(self):
        uid = self.pick()
        if uid is None:
            return
        flag = self.random.choice(FLAGS)
        sign = self.random.choice("+-")
        silent = self.random.random() < 0.4
        item = "%sFLAGS%s (%s)" % (sign, ".SILENT" if silent else "", flag)
        before, mine = self.flags.get(uid), None
        if silent and before is not None:
            mine = self.flags[uid] = before | {flag.lower()} if sign == "+" else before - {flag.lower()}
        if self.random.random() < 0.5:
            answer = self.do("UID STORE %d %s" % (uid, item), None)
        else:
            answer = self.do("STORE %d %s" % (self.uids.index(uid) + 1, item), None)
        if mine is not None and not answer.startswith(b"OK") and self.flags.get(uid) is mine:
            self.flags[uid] = before  # the message had gone, and nobody has been told so yet

    def mark_deleted(self):
        uid = self.pick()
        if uid not in ids:
            return
        with lock:
            removed.add(uid)
        self.do("UID STORE %d +FLAGS (\\Deleted)" % uid, None)

    def expunge(self):
        uid = self.pick()
        if uid is not None and self.random.random() < 0.5:
            self.do("UID EXPUNGE %d:%d" % (uid, uid + 20), None)
        else:
            self.do("EXPUNGE", None)

    def with_flag(self, flag):
        return [uid for uid in self.uids if flag in self.flags.get(uid, ())]

    def search(self):
        self.learn_all()
        kind = self.random.randrange(5)
        if kind == 0:
            self.wanted = lambda: list(range(1, len(self.uids) + 1))
            self.do("SEARCH ALL")
        elif kind == 1:
            self.wanted = lambda: list(self.uids)
            self.do("UID SEARCH UID 1:*" if self.uids else "UID SEARCH ALL")
        elif kind == 2:
            self.wanted = lambda: self.with_flag("\\flagged")
            self.do("UID SEARCH FLAGGED")
        elif kind == 3:
            self.wanted = lambda: self.with_flag("work")
            self.do("UID SEARCH KEYWORD Work")
        elif self.uids:
            uid = self.pick()
            self.wanted = None
            self.do("UID SEARCH BODY \"body of %s\"" % ids.get(uid, "x"))
        self.wanted = None

    def order(self):
        self.learn_all()
        self.wanted = None
        self.do(self.random.choice(["SORT (REVERSE ARRIVAL) UTF-8 ALL", "UID SORT (SUBJECT) UTF-8 UNSEEN",
                                    "THREAD REFERENCES UTF-8 ALL"]))

    def idle(self):
        self.tags += 1
        self.send("a%d IDLE" % self.tags)
        count("IDLE")
        line = self.line()
        while line.startswith(b"* "):  # NOTIFY tells between commands, too
            self.untagged(line[2:])
            line = self.line()
        if not line.startswith(b"+"):
            self.fail("IDLE was not begun")
        self.socket.settimeout(0.05)
        time.sleep(self.random.random() / 4)
        self.socket.settimeout(30)
        self.send("DONE")
        while True:
            line = self.line()
            if line.startswith(b"a%d " % self.tags):
                return
            self.untagged(line[2:])

    def append(self):
        name = new_id()
        text = message(name)
        with lock:
            expected.add(name)
        answer = self.do("APPEND INBOX (%s) {%d+}\r\n%s" % (self.random.choice(["", "\\Seen", "Work"]), len(text), text))
        found = re.search(rb"\[APPENDUID \d+ (\d+)\]", answer)
        if not found:
            self.fail("there is no APPENDUID")
        self.note(int(found.group(1)), name)

    def move(self):
        uid = self.pick()
        if uid not in ids:
            return
        with lock:
            removed.add(uid)
        self.do("UID MOVE %d Other" % uid, None)

    def copy(self):
        uid = self.pick()
        if uid is not None:
            self.do("UID COPY %d Other" % uid, None)

    def reselect(self):
        self.do(self.random.choice(["CLOSE", "UNSELECT"]))
        self.select()

    def reconnect(self):
        if self.random.random() < 0.5:
            self.do("LOGOUT")
        self.socket.close()
        self.open()

    def settle(self):
        """Hear of all that is to be heard of."""
        for _ in range(3):
            self.do("NOOP")
            self.learn_all()
        if self.is_informed and sorted(self.flagged) != self.with_flag("\\flagged"):
            self.fail("was informed of %s" % sorted(self.flagged))
        return self.uids, {uid: frozenset(self.flags.get(uid, ())) for uid in self.uids}


def guard(work):
    try:
        work()
    except (Broken, OSError, ValueError, KeyError, IndexError, AttributeError) as error:
        with lock:
            wrong.append("%s: %s" % (type(error).__name__, error))
        stop.set()


def run_client(client):
    def work():
        while not stop.is_set():
            client.step()

    guard(work)


def deliver():
    rand = random.Random(SEED + 1000)

    def work():
        while not stop.is_set():
            name = new_id()
            with lock:
                expected.add(name)
            base = "%d.M%06dP%dQ%s.stress" % (time.time(), rand.randrange(1000000), os.getpid(), name)
            with open("%s/tmp/%s" % (MAILDIR, base), "w", newline="") as f:
                f.write(message(name).replace("\r\n", "\n"))
            os.rename("%s/tmp/%s" % (MAILDIR, base), "%s/new/%s" % (MAILDIR, base))
            count("(delivery)")
            time.sleep(rand.random() / 10)

    guard(work)


def rename_flags():
    rand = random.Random(SEED + 2000)

    def work():
        while not stop.is_set():
            names = os.listdir(MAILDIR + "/cur")
            if names:
                old = rand.choice(names)
                base, _, flags = old.partition(":2,")
                new = "".join(sorted(set(flags) ^ {rand.choice("FSR")}))
                try:
                    os.rename("%s/cur/%s" % (MAILDIR, old), "%s/cur/%s:2,%s" % (MAILDIR, base, new))
                    count("(rename)")
                except FileNotFoundError:
                    pass
            time.sleep(rand.random() / 20)

    guard(work)


def complain(text):
    wrong.append(text)


def compare(name, uids, flags, want_uids, want_flags):
    if uids != want_uids:
        complain("%s knows %d messages, a new session %d; they differ in %s" % (
            name, len(uids), len(want_uids), sorted(set(uids) ^ set(want_uids))[:10]))
        return
    for uid in uids:
        if flags[uid] != want_flags[uid]:
            complain("%s: UID %d has %s, in a new session %s" % (name, uid, sorted(flags[uid]), sorted(want_flags[uid])))


def check_files(uids, flags):
    """The files are what the sessions say: by what each message says it is."""
    files = {}
    keywords = {}
    with open(MAILDIR + "/dovecot-keywords") as f:
        for line in f:
            number, _, name = line.strip().partition(" ")
            keywords[chr(ord("a") + int(number))] = name.lower()
    for folder in ("cur", "new"):
        for name in os.listdir("%s/%s" % (MAILDIR, folder)):
            with open("%s/%s/%s" % (MAILDIR, folder, name)) as f:
                said = re.search(r"X-Stress: (\w+)", f.read()).group(1)
            letters = name.partition(":2,")[2]
            if said in files:
                complain("%s is there twice" % said)
            files[said] = frozenset(LETTERS.get(c) or keywords.get(c, c) for c in letters)
    told = {ids.get(uid): flags[uid] for uid in uids}
    for said in set(files) ^ set(told):
        complain("%s is %s" % (said, "a file that no session knows" if said in files else "no file"))
    for said in set(files) & set(told):
        if files[said] != told[said]:
            complain("%s has %s in its file, and %s in a session" % (said, sorted(files[said]), sorted(told[said])))


def check_losses(uids):
    present = {ids.get(uid) for uid in uids}
    may_be_gone = {ids.get(uid) for uid in removed}
    for name in expected - present - may_be_gone:
        complain("%s is lost: nobody has removed it" % name)
    for uid in set(ids) - set(uids) - removed:
        complain("UID %d (%s) is gone: nobody has removed it" % (uid, ids[uid]))


def main():
    first = Client("setup", SEED)
    first.do("CREATE Other", None)
    first.do("STORE 1:* +FLAGS (Work $Label1)", None)
    clients = [Client("client %d" % i, SEED + i) for i in range(CLIENTS)]
    threads = [threading.Thread(target=run_client, args=(c,)) for c in clients]
    threads += [threading.Thread(target=deliver), threading.Thread(target=rename_flags)]
    for t in threads:
        t.start()
    stop.wait(SECONDS)
    stop.set()
    for t in threads:
        t.join()
    if not wrong:
        time.sleep(SETTLE)
        fresh = Client("a new session", SEED + 100)
        fresh.qresync = False
        want_uids, want_flags = fresh.settle()
        for client in clients:
            try:
                compare(client.name, *client.settle(), want_uids, want_flags)
            except (Broken, OSError) as error:
                complain("%s: %s" % (client.name, error))
        check_files(want_uids, want_flags)
        check_losses(want_uids)
    for text in wrong[:20]:
        print(text)
    print("seed %d, %d clients, %g s: %s" % (
        SEED, CLIENTS, SECONDS, ", ".join("%d %s" % (n, what) for what, n in sorted(done.items()))))
    sys.exit(1 if wrong else 0)


main()
