#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# imapfetch.py - compare what two IMAP servers answer to FETCH over the same mail, item by item.
#
#	imapfetch.py make DIR			a Maildir of messages of every kind that is right
#	imapfetch.py compare THEIRS OURS	everything must be the same
#	imapfetch.py survive THEIRS OURS	over hostile mail: ours is valid syntax, and what is the message's octets is
#						the same
#
# THEIRS and OURS are shell commands that speak IMAP on the socket that is their standard input and output; ours is
# logged in to as "fetch", "secret". Prints what differs; the exit status is 1 if anything does. Responses are parsed
# strictly: one that is no valid syntax is a difference, too.
#
# What may differ, because one of the two is a matter of taste or is wrong, is made the same first; each such rule stands
# in a function with its reason.
import binascii
import os
import random
import re
import socket
import subprocess
import sys


class Wrong(Exception):
    pass


class Server:
    def __init__(self, command, login):
        self.sock, its = socket.socketpair()
        self.process = subprocess.Popen(command, shell=True, stdin=its, stdout=its)
        its.close()
        self.buffer = b""
        self.number = 0
        self.line()
        if login:
            self.command("LOGIN fetch secret")
        self.command("EXAMINE INBOX")

    def more(self):
        got = self.sock.recv(1 << 20)
        if not got:
            raise Wrong("the connection was closed")
        self.buffer += got

    def line(self):
        while b"\r\n" not in self.buffer:
            self.more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def octets(self, n):
        while len(self.buffer) < n:
            self.more()
        data, self.buffer = self.buffer[:n], self.buffer[n:]
        return data

    def response(self):
        """A response as a list of parts: text, literal, text ..."""
        parts = []
        while True:
            line = self.line()
            parts.append(line)
            literal = re.search(rb"~?\{(\d+)\}$", line)
            if not literal:
                return parts
            parts[-1] = line[: literal.start()]
            parts.append(self.octets(int(literal.group(1))))

    def command(self, text):
        """Untagged responses, and the status."""
        self.number += 1
        tag = b"t%d" % self.number
        self.sock.sendall(tag + b" " + text.encode() + b"\r\n")
        responses = []
        while True:
            parts = self.response()
            if parts[0].startswith(tag + b" "):
                return responses, parts[0].split()[1].decode()
            responses.append(parts)

    def close(self):
        self.sock.sendall(b"z LOGOUT\r\n")
        self.sock.close()
        self.process.wait()


NIL = None
ATOM = re.compile(rb"[^][ (){%\"\\\x00-\x1f\x7f-\xff]+")


class Parser:
    """RFC 9051 9: the items of a FETCH response, strictly."""

    def __init__(self, parts):
        self.parts = parts
        self.part = 0
        self.at = 0

    def rest(self):
        return self.parts[self.part][self.at :]

    def take(self, text):
        if not self.rest().startswith(text):
            raise Wrong("%r expected at %r" % (text, self.rest()[:60]))
        self.at += len(text)

    def is_next(self, text):
        return self.rest().startswith(text)

    def value(self, depth=0):
        if depth > 400:
            raise Wrong("too deep")
        rest = self.rest()
        if not rest and self.part + 2 < len(self.parts) + 1 and self.part + 1 < len(self.parts):
            data = self.parts[self.part + 1]
            self.part += 2
            self.at = 0
            return data
        if rest.startswith(b'"'):
            quoted = re.match(rb'"((?:[^"\\\x00\r\n\x80-\xff]|\\["\\])*)"', rest)
            if not quoted:
                raise Wrong("bad quoted string at %r" % rest[:60])
            self.at += quoted.end()
            return re.sub(rb"\\(.)", rb"\1", quoted.group(1))
        if rest.startswith(b"("):
            self.take(b"(")
            values = []
            while not self.is_next(b")"):
                # Only bodies stand side by side without a blank, and addresses.
                if values and not self.is_next(b"("):
                    self.take(b" ")
                elif values and self.is_next(b" "):
                    self.take(b" ")
                values.append(self.value(depth + 1))
            self.take(b")")
            return values
        atom = re.match(rb"\\?[^][ (){%\"\\\x00-\x1f\x7f-\xff]+", rest)
        if not atom:
            raise Wrong("no value at %r" % rest[:60])
        self.at += atom.end()
        if atom.group() == b"NIL":
            return NIL
        return Number(atom.group()) if atom.group().isdigit() else Atom(atom.group())

    def section(self):
        """BODY[1.HEADER.FIELDS (a b)]<0>, as a name that can be compared."""
        self.take(b"[")
        start = re.match(rb"[0-9A-Z.]*", self.rest()).group()
        self.at += len(start)
        name = start.decode()
        if self.is_next(b" "):
            self.take(b" ")
            names = self.value()
            name += " (" + " ".join(bytes(x).decode().upper() for x in names) + ")"
        self.take(b"]")
        partial = re.match(rb"<\d+>", self.rest())
        if partial:
            self.at += partial.end()
            name += partial.group().decode()
        return "[" + name + "]"

    def items(self):
        found = re.match(rb"\* (\d+) FETCH ", self.rest())
        if not found:
            return None, None
        self.at += found.end()
        items = {}
        self.take(b"(")
        while True:
            name = re.match(rb"[A-Z0-9.]+", self.rest())
            if not name:
                raise Wrong("no item at %r" % self.rest()[:60])
            self.at += name.end()
            key = name.group().decode()
            if self.is_next(b"["):
                key += self.section()
            self.take(b" ")
            items[key] = self.value()
            if self.is_next(b")"):
                break
            self.take(b" ")
        self.take(b")")
        if self.rest() or self.part + 1 < len(self.parts):
            raise Wrong("behind the response: %r" % self.rest()[:60])
        return int(found.group(1)), items


class Atom(bytes):
    pass


class Number(bytes):
    pass


# ---- what is made the same ----


def no_part(value):
    """Of a part that is not there Dovecot says that it is empty, we say NIL."""
    return b"" if value is NIL else value


def trim(value):
    """Dovecot leaves blanks behind a Message-ID, and a tab that folded a line."""
    return value if value is NIL else re.sub(rb"[ \t]+", b" ", value).strip()


def envelope(value):
    return [trim(x) if isinstance(x, bytes) or x is NIL else x for x in value]


def flags(value):
    return sorted(x for x in value if x != b"\\Recent")


RULES = {"ENVELOPE": envelope, "FLAGS": flags}


def normal(key, value):
    if key in RULES:
        return RULES[key](value)
    if key.startswith(("BODY[", "BINARY[")):
        return no_part(value)
    return value


# ---- the questions ----

PLAIN = [
    "(UID FLAGS INTERNALDATE RFC822.SIZE)",
    "ENVELOPE",
    "BODY",
    "BODYSTRUCTURE",
    "FULL",
    "(BODY.PEEK[HEADER.FIELDS (From \"to\" X-NONE subject Received)])",
    "(BODY.PEEK[HEADER.FIELDS (DATE FROM SENDER SUBJECT TO CC MESSAGE-ID REFERENCES CONTENT-TYPE)])",
    "(BODY.PEEK[HEADER.FIELDS (SUBJECT)]<4.9>)",
]

OCTETS = [
    "(RFC822.SIZE BODY.PEEK[])",
    "(BODY.PEEK[HEADER] BODY.PEEK[TEXT] RFC822.HEADER)",
    "(BODY.PEEK[]<0.1> BODY.PEEK[]<7.100> BODY.PEEK[]<300.70000> BODY.PEEK[]<99999999.5> BODY.PEEK[TEXT]<3.40>)",
    "(BODY.PEEK[HEADER]<0.33> BODY.PEEK[TEXT]<70000.70000>)",
]


def ask(server, messages, what):
    answers = {}
    try:
        responses, status = server.command("FETCH " + messages + " " + what)
    except Wrong as e:
        return {0: {"syntax": str(e)}}, "closed"
    for parts in responses:
        try:
            number, items = Parser(parts).items()
        except Wrong as e:
            answers.setdefault(0, {})["syntax"] = str(e) + " in " + repr(parts)[:300]
            continue
        if number:
            answers.setdefault(number, {}).update(items)
    return answers, status


def compare(what, theirs, ours):
    differences = 0
    for number in sorted(set(theirs) | set(ours)):
        a, b = theirs.get(number, {}), ours.get(number, {})
        for key in sorted(set(a) | set(b)):
            x = normal(key, a[key]) if key in a else "(nothing)"
            y = normal(key, b[key]) if key in b else "(nothing)"
            if x != y:
                differences += 1
                if differences <= 5:
                    print("message %d, %s of FETCH %s:\n  theirs %.700r\n  ours   %.700r" % (number, key, what, x, y))
    return differences


def both(theirs, ours, messages, what):
    a, status_a = ask(theirs, messages, what)
    b, status_b = ask(ours, messages, what)
    if status_a != status_b:
        print("FETCH %s %s: %s, ours %s" % (messages, what, status_a, status_b))
    return compare(what, a, b) + (status_a != status_b), b


def parts_of(structure, prefix=""):
    """The numbers of all parts, and whether each is a message."""
    if isinstance(structure[0], list):
        for i, child in enumerate(x for x in structure if isinstance(x, list) and isinstance(x[0], (list, bytes))):
            if not is_body(child):
                break
            yield from parts_of(child, "%s%d." % (prefix, i + 1))
        return
    number = prefix[:-1] or "1"
    is_message = structure[0].lower() == b"message" and structure[1].lower() == b"rfc822"
    yield number, is_message
    if is_message:
        inner = structure[8]
        yield from parts_of(inner, number + "." if isinstance(inner[0], list) else number + ".1.")


def is_body(value):
    """Not the parameters of a multipart, which are a list, too."""
    return isinstance(value[0], list) or (len(value) > 6 and isinstance(value[6], Number))


def compare_parts(theirs, ours, number, structure):
    differences = 0
    for part, is_message in parts_of(structure):
        names = "BODY.PEEK[{0}] BODY.PEEK[{0}.MIME] BODY.PEEK[{0}]<3.50> BODY.PEEK[{0}]<5000.5000>"
        if is_message:
            names += " BODY.PEEK[{0}.HEADER] BODY.PEEK[{0}.TEXT] BODY.PEEK[{0}.HEADER.FIELDS (Subject X)]"
        differences += both(theirs, ours, str(number), "(" + names.format(part) + ")")[0]
        # Of a message within, Dovecot decodes the parts, and may lose its way doing it; we put it as it stands.
        if is_message:
            continue
        n, answers = both(theirs, ours, str(number), "(BINARY.PEEK[{0}] BINARY.PEEK[{0}]<2.9>)".format(part))
        size = ask(ours, str(number), "BINARY.SIZE[%s]" % part)[0][number]["BINARY.SIZE[%s]" % part]
        # Dovecot counts LF lines here, and sends CR LF.
        if int(size) != len(answers[number]["BINARY[%s]" % part]):
            print("message %d: BINARY.SIZE[%s] is not the size of BINARY" % (number, part))
            n += 1
        differences += n
    return differences


def compare_all(theirs, ours):
    total = 0
    for what in PLAIN + OCTETS:
        n, answers = both(theirs, ours, "1:*", what)
        print("%6d messages, %4d differences: FETCH %s" % (len(answers), n, what))
        total += n
        if what == "BODYSTRUCTURE":
            structures = answers
    n = sum(compare_parts(theirs, ours, number, structures[number]["BODYSTRUCTURE"]) for number in structures)
    print("%6d messages, %4d differences: all their parts" % (len(structures), n))
    return total + n if structures else 1


def survive(theirs, ours):
    total = 0
    for what in OCTETS:
        n, answers = both(theirs, ours, "1:*", what)
        print("%6d messages, %4d differences: FETCH %s" % (len(answers), n, what))
        total += n if answers else 1
    for what in PLAIN + ["(PREVIEW SAVEDATE EMAILID THREADID)", "(BINARY.PEEK[1] BINARY.SIZE[2] BODY.PEEK[2.1.MIME])"]:
        answers, status = ask(ours, "1:*", what)
        wrong = answers.get(0, {}).get("syntax")
        if wrong or status == "BAD":
            print("FETCH %s: %s %s" % (what, status, wrong))
            total += 1
    return total


# ---- mail ----

WORDS = "the of and to in is for it was with report budget server release invoice meeting schedule patch review".split()
WIDE = ["Gr\u00fc\u00dfe", "\u043f\u0440\u0438\u0432\u0435\u0442", "\u65e5\u672c", "caf\u00e9"]


def text(r, n, words=WORDS):
    out, line = [], []
    for _ in range(n):
        line.append(r.choice(words))
        if sum(map(len, line)) + len(line) > 66:
            out.append(" ".join(line))
            line = []
    return "\n".join(out + [" ".join(line)]) + "\n"


def address(r):
    name = r.choice(["Al", '"Doe, Al"', "=?utf-8?q?J=C3=B6rg?= Q.", "", "Al (x) B", "'q' w"])
    spec = r.choice(["al@b.example", "a.b+c@d.example", '"a b"@c.example', "x@[192.0.2.1]"])
    return name + " <" + spec + ">" if name else r.choice([spec, "<" + spec + ">", spec + " (Al B)"])


def addresses(r):
    several = ", ".join(address(r) for _ in range(r.choice([1, 1, 2, 5])))
    return r.choice([several, several.replace(", ", ",\n\t"), "Friends: " + several + ";", "undisclosed-recipients:;"])


def header(r, i):
    fields = ["Received: from a by b;\n\tSat, 22 Nov 2025 10:00:00 +0000"] * r.choice([0, 1, 3])
    fields += ["From: " + address(r), "To: " + addresses(r), "Subject: " + text(r, r.randrange(1, 20)).replace("\n", "\n ").strip()]
    fields.append("Date: Sat, 22 Nov 2025 10:00:%02d +0000" % (i % 60))
    for name in ["Cc", "Bcc", "Reply-To", "Sender"]:
        if r.random() < 0.3:
            fields.append(name + ": " + (address(r) if name == "Sender" else addresses(r)))
    if r.random() < 0.9:
        fields.append("Message-ID: <%d@example>" % i)
    if r.random() < 0.3:
        fields += ["In-Reply-To: <%d@example>" % (i - 1), "References: <1@example>\n <%d@example>" % (i - 1)]
    r.shuffle(fields)
    return "\n".join(fields + ["MIME-Version: 1.0", ""])


def leaf(r):
    """Its Content- fields and its content."""
    kind = r.randrange(6)
    if kind == 0:
        return "", text(r, r.randrange(0, 200))
    if kind == 1:
        return "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n", text(r, 60, WORDS + WIDE)
    if kind == 2:
        body = "".join("=%02X" % ord(c) if c == "=" else c for c in text(r, 80)).replace("report", "re=\nport=3D ")
        return "Content-Type: text/html; charset=us-ascii\nContent-Transfer-Encoding: quoted-printable\n", body
    if kind == 3:
        octets = bytes(r.randrange(256) for _ in range(r.choice([1, 100, 3000, 30000])))
        lines = [binascii.b2a_base64(octets[k : k + 57]).decode() for k in range(0, len(octets), 57)]
        return (
            'Content-Type: application/octet-stream; name="a b.bin"\nContent-Transfer-Encoding: base64\n'
            "Content-Disposition: attachment; filename=\"a b.bin\"; size=3\nContent-ID: <x@y>\n"
        ), "".join(lines)
    if kind == 4:
        return 'Content-Type: text/x; a=b;\n\tc="d\\"e"\nContent-Description: a description\nContent-Language: en, de\n', text(r, 9)
    return "Content-Type: image/png\nContent-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\nContent-Location: http://x.example/y\n", "x" * 50 + "\n"


def entity(r, i, depth, within=False):
    kind = r.random()
    if depth == 0 or kind < 0.4:
        return leaf(r)
    if kind < 0.55:
        fields, content = entity(r, i, depth - 1, True)
        return "Content-Type: message/rfc822\n", header(r, i + 1000) + fields + "\n" + content
    mark = "=_%d_%d" % (depth, r.randrange(10**6))
    content = "This is the preamble.\n" if r.random() < 0.3 else ""
    for _ in range(r.choice([1, 2, 2, 3])):
        fields, body = entity(r, i, depth - 1)
        content += "--" + mark + "\n" + fields + "\n" + body + ("" if body.endswith("\n") else "\n")
    # Where a multipart ends a message within, Dovecot counts the line end that belongs to the outer boundary.
    content += "--" + mark + "--\n" + ("The epilogue.\n" if within or r.random() < 0.2 else "")
    subtype = r.choice(["mixed", "alternative", "related", "signed"])
    return 'Content-Type: multipart/%s; boundary="%s"\n' % (subtype, mark), content


def make(directory):
    r = random.Random(1)
    for name in ("tmp", "new", "cur"):
        os.makedirs(os.path.join(directory, name), exist_ok=True)
    for i in range(300):
        fields, content = entity(r, i, r.choice([0, 1, 2, 3]))
        message = (header(r, i) + fields + "\n" + content).encode()
        if i % 50 == 7:
            message = message.replace(b"\n\n", b"\n\n" + text(r, 60000).encode() + b"\n", 1)
        if i % 5 == 3:
            message = message.replace(b"\n", b"\r\n")
        if i % 11 == 5:
            message = message.rstrip(b"\r\n")
        path = os.path.join(directory, "cur", "%d.M%dP1.h:2,%s" % (1700000000 + i, i, r.choice(["", "S", "FS", "R"])))
        with open(path, "wb") as f:
            f.write(message)
        os.utime(path, (1700000000 + i, 1700000000 + i))


def main():
    if sys.argv[1] == "make":
        make(sys.argv[2])
        return 0
    theirs, ours = Server(sys.argv[2], False), Server(sys.argv[3], True)
    different = (compare_all if sys.argv[1] == "compare" else survive)(theirs, ours)
    theirs.close()
    ours.close()
    return different > 0


sys.exit(main())
