#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""imapnotify.py DIRECTORY THEIRS OURS - NOTIFY of two IMAP servers side by side.

THEIRS and OURS are commands that speak IMAP on standard input and output to a user who is known, with the Maildir of
{home}. Each scene of imapnotify.dialogue is played with both at once, over Maildirs of its own: w is a session that
watches, o another one that does something, and what the watcher hears of each step must be the same, whatever the order
of its lines. Where the servers differ, all that is heard is written down, sorted, and why:

	? the reason
	T what theirs says; or "...", whatever it says and whenever
	O what ours says

What is no difference: texts, quotes around names, UIDVALIDITY and mod-sequences, the order of items and attributes; items
of STATUS that only one of them says, as more than is asked for is allowed (RFC 5465 5), and a STATUS of theirs that it has
said before; \\HasChildren and \\HasNoChildren, which need not be said (RFC 3348 3); \\Noselect beside \\NonExistent, which
means it (RFC 5258 3); RECENT and \\Recent, which RFC 9051 has abolished; MAILBOXID, which is of another extension.

Exits with 0, or 1 and prints what differs; SHOW=1 prints all.
"""
import os, re, select, subprocess, sys, threading, time

PATIENCE = 3.0  # seconds until somebody who says nothing has nothing to say: Dovecot looks twice a second
SETTLED = 0.15  # and so long nothing more comes
APART = 1.1     # and so long after the last step it is changed: Dovecot sees changes of a Maildir by seconds


class Session:
    """One client of one server."""

    def __init__(self, command):
        self.process = subprocess.Popen("exec " + command, shell=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.input, self.lines, self.tags = b"", [], 0
        self.known = None
        self.until("* PREAUTH")

    def read(self, seconds):
        """More of what it says, if it comes in time."""
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            return False
        more = os.read(self.process.stdout.fileno(), 65536)
        if not more:
            raise EOFError("the server has gone: %s" % self.lines)
        self.input += more
        *whole, self.input = self.input.split(b"\r\n")
        self.lines += [line.decode() for line in whole if not self.is_known(line.decode())]
        return True

    def is_known(self, line):
        """Is it a STATUS that was the last one of its mailbox, too?"""
        if self.known is None or not line.startswith("* STATUS "):
            return False
        name = line.split()[2]
        was, self.known[name] = self.known.get(name), line
        return was == line

    def until(self, beginning):
        """All up to a line that begins so."""
        end = time.monotonic() + 10
        while not any(line.startswith(beginning) for line in self.lines):
            if not self.read(max(0, end - time.monotonic())):
                raise TimeoutError("%s: %s" % (beginning, self.lines))
        lines, self.lines = self.lines, []
        return lines

    def write(self, text):
        self.process.stdin.write(text.encode() + b"\r\n")
        self.process.stdin.flush()

    def say(self, command):
        """A command, and its answer."""
        if command == "DONE":
            self.write("DONE")
            return self.until("t%d " % self.tags)
        self.tags += 1
        self.write("t%d %s" % (self.tags, command))
        return self.until("+" if command == "IDLE" else "t%d " % self.tags)

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def plain(line):
    """The line without what is no difference."""
    line = re.sub(r"^t\d+ ", "tag ", line)
    line = re.sub(r" \[MAILBOXID [^]]*\]", "", line)
    line = re.sub(r"\[BADEVENT [^]]*\]", "[BADEVENT]", line)
    line = re.sub(r"^((?:tag|\*) (?:OK|NO|BAD)(?: \[[^]]*\])?) .*", r"\1", line)
    line = re.sub(r"\[(APPENDUID|COPYUID) \d+", r"[\1 N", line)
    line = re.sub(r"^\+.*", "+", line)
    line = re.sub(r"(UIDVALIDITY|HIGHESTMODSEQ) \d+", r"\1 N", line)
    line = re.sub(r"MODSEQ \(\d+\)", "MODSEQ (N)", line)
    line = re.sub(r'"([A-Za-z0-9/]+)"', lambda m: m.group(1) if m.group(1) != "/" else m.group(0), line)
    if re.match(r"\* \d+ RECENT$", line):
        return None
    match = re.match(r"\* LIST \(([^)]*)\) (.*)$", line)
    if match:
        words = set(match.group(1).split()) - {"\\HasChildren", "\\HasNoChildren"}
        words = sorted(words - {"\\Noselect"} if "\\NonExistent" in words else words)
        line = "* LIST (%s) %s" % (" ".join(words), match.group(2))
    match = re.match(r"(\* \d+ FETCH) \((.*)\)$", line)
    if match:
        items = sorted(re.findall(r"[A-Z]+ (?:\([^)]*\)|\S+)", match.group(2)))
        line = "%s (%s)" % (match.group(1), " ".join(sort_flags(item) for item in items))
    return line


def sort_flags(item):
    match = re.match(r"FLAGS \((.*)\)$", item)
    return "FLAGS (%s)" % " ".join(sorted(set(match.group(1).split()) - {"\\Recent"})) if match else item


class Server:
    def __init__(self, command, home):
        for part in ("cur", "new", "tmp"):
            os.makedirs("%s/Maildir/%s" % (home, part))
        self.sessions = {who: Session(command.replace("{home}", home)) for who in "wo"}

    def told(self):
        return sorted(filter(None, map(plain, self.sessions["w"].lines)))


def level(told):
    """Of a mailbox's STATUS only the items that both say, if both say any."""
    items = [{}, {}]
    for i in (0, 1):
        for line in told[i]:
            if line.startswith("* STATUS "):
                _, _, name, *words = line.replace("(", "").replace(")", "").split()
                items[i].setdefault(name, {}).update(zip(words[::2], words[1::2]))
    for i in (0, 1):
        told[i] = [line for line in told[i] if not line.startswith("* STATUS ")]
        for name, mine in items[i].items():
            shared = sorted(key for key in mine if key in items[1 - i].get(name, mine))
            told[i].append("* STATUS %s (%s)" % (name, " ".join("%s %s" % (key, mine[key]) for key in shared)))
        told[i].sort()
    return told


def is_wanted(told, want):
    return told == want or (want[0] == ["..."] and told[1] == want[1])


def both_told(servers, want):
    """What is told to both watchers: once it is what is wanted, or when nobody says anything any more."""
    begun = last = time.monotonic()
    while True:
        for server in servers:
            if server.sessions["w"].read(0.02):
                last = time.monotonic()
        told = level([server.told() for server in servers])
        now = time.monotonic()
        if now - begun > PATIENCE or (now - last > SETTLED and
                                      (is_wanted(told, want) if want else told[0] and told[0] == told[1])):
            return told


def scenes(text):
    """(name, steps), of which each is [who, command, why, [theirs, ours]]."""
    all = []
    for line in text.splitlines():
        key, _, rest = line.strip().partition(" ")
        if key == "=":
            all.append((rest, []))
        elif key in ("w", "o"):
            all[-1][1].append([key, rest, None, None])
        elif key == "?":
            all[-1][1][-1][2:] = [rest, [[], []]]
        elif key in ("T", "O"):
            all[-1][1][-1][3]["TO".index(key)].append(rest)
    return all


def literal(command):
    """APPEND MAILBOX WORD is said with a message of that subject."""
    match = re.match(r"(APPEND \S+(?: \(.*\))?) (\w+)$", command)
    if not match:
        return command
    text = "Subject: %s\r\n\r\n%s\r\n" % (match.group(2), match.group(2))
    return "%s {%d+}\r\n%s" % (match.group(1), len(text), text)


class Scene(threading.Thread):
    def __init__(self, name, steps, directory):
        super().__init__()
        self.name, self.steps, self.directory = name, steps, directory
        self.count, self.wrong, self.out = 0, 0, []

    def step(self, servers, who, command, want):
        if who == "o":
            time.sleep(APART)
        for server in servers:
            answer = server.sessions[who].say(literal(command))
            if who == "w" and not command.startswith("SELECT"):
                server.sessions["w"].lines = answer
            elif who == "o" and answer[-1].split()[1] != "OK":
                raise ValueError("%s: %s" % (command, answer[-1]))
        if command.startswith("SELECT"):
            return [[], []]
        told = both_told(servers, want)
        for server in servers:
            server.sessions["w"].lines = []
        return told

    def run(self):
        place = "%s/%s" % (self.directory, self.name.replace(" ", "-"))
        servers = [Server(sys.argv[i], "%s/%d" % (place, i)) for i in (2, 3)]
        servers[0].sessions["w"].known = {}
        for who, command, why, want in self.steps:
            told = self.step(servers, who, command, want)
            is_right = is_wanted(told, want) if want else told[0] == told[1]
            self.count += 1
            self.wrong += not is_right
            if os.environ.get("SHOW") or not is_right:
                self.out.append("%s: %s %s" % (self.name, who, command))
                for key, lines in zip("TO", told):
                    self.out += ["\t%s %s" % (key, line) for line in lines]
        for server in servers:
            for session in server.sessions.values():
                session.end()


def main():
    with open(os.path.splitext(__file__)[0] + ".dialogue") as file:
        all = [Scene(name, steps, sys.argv[1]) for name, steps in scenes(file.read())]
    for scene in all:
        scene.start()
    for scene in all:
        scene.join()
        print("".join(line + "\n" for line in scene.out), end="")
    print("%d steps, %d of them differ" % (sum(scene.count for scene in all), sum(scene.wrong for scene in all)))
    return any(scene.wrong for scene in all) or any(scene.count != len(scene.steps) for scene in all)


sys.exit(main())
