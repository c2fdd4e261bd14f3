#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# structures.py make DIRECTORY    write messages of many shapes, with Python's email, the same each time
# structures.py python|gmime FILE what that library finds in a message: a line for each leaf, with its type, file name
#                                 and the hash of its decoded content
# structures.py ours FILE BINARY  the same by mimeunpack
import email, email.policy, hashlib, json, os, random, subprocess, sys, tempfile
from email.message import EmailMessage


def make(directory):
    rng = random.Random(2026)
    names = ["plan.pdf", "two words.txt", "pläne für 2027.pdf", 'quo"ted.txt', "日本語.txt", "x" * 150 + ".dat", "a;b=c.txt"]

    def content(kind):
        if kind == "text":
            return "".join(rng.choice(["Hello world\n", "From here\n", ".\n", "--b\n", "gr\u00fc\u00df\n", "x" * 200 + "\n", "\n", "a=b\n"])
                           for _ in range(rng.randint(1, 30)))
        return rng.randbytes(rng.choice([0, 1, 2, 3, 57, 100, 5000]))

    def build(depth):
        m = EmailMessage(policy=email.policy.SMTP if rng.random() < 0.3 else email.policy.default)
        m["From"] = "Jörg <a@test.example>"
        m["To"] = "b@test.example"
        m["Date"] = "Sun, 22 Nov 2026 06:00:00 +0000"
        m["Subject"] = "Grüße " * rng.randint(1, 20)
        m.set_content(content("text"), charset=rng.choice(["utf-8", "iso-8859-1"]),
                      cte=rng.choice(["quoted-printable", "base64", "8bit"]))
        if rng.random() < 0.4:
            m.add_alternative("<p>%s</p>\n" % content("text"), subtype="html")
        for _ in range(rng.randint(0, 4)):
            if depth < 3 and rng.random() < 0.3:
                m.add_attachment(build(depth + 1))
            else:
                m.add_attachment(content("bytes"), maintype="application", subtype=rng.choice(["pdf", "octet-stream"]),
                                 filename=rng.choice(names))
        return m

    for i in range(60):
        with open("%s/%02d.eml" % (directory, i), "wb") as f:
            f.write(build(0).as_bytes())


def line(kind, name, content):
    # Line ends of what is not encoded are the file's.
    content = content.replace(b"\r\n", b"\n") if kind.startswith("text/") else content
    print(kind, name or "-", len(content), hashlib.sha256(content).hexdigest()[:16])


def by_python(path):
    with open(path, "rb") as f:
        m = email.message_from_binary_file(f, policy=email.policy.default)
    for part in m.walk():
        if not part.is_multipart():
            line(part.get_content_type(), part.get_filename(), part.get_payload(decode=True))


def by_gmime(path):
    import gi
    gi.require_version("GMime", "3.0")
    from gi.repository import GMime
    GMime.init()
    parser = GMime.Parser.new_with_stream(GMime.StreamFile.open(path, "r"))

    def walk(part):
        if isinstance(part, GMime.Multipart):
            for i in range(part.get_count()):
                walk(part.get_part(i))
        elif isinstance(part, GMime.MessagePart):
            walk(part.get_message().get_mime_part())
        else:
            stream = GMime.StreamMem.new()
            if part.get_content():
                part.get_content().write_to_stream(stream)
            line(part.get_content_type().get_mime_type().lower(), part.get_filename(), bytes(stream.get_byte_array()))

    walk(parser.construct_message(None).get_mime_part())


def by_ours(path, binary):
    with tempfile.TemporaryDirectory() as directory:
        told = subprocess.run([binary, "-x", "--as-is", "--json", "-d", directory, path], check=True, stdout=subprocess.PIPE).stdout
        for row in map(json.loads, told.splitlines()):
            with open(os.path.join(directory, row["file"]), "rb") as f:
                line(row["type"], row["name"], f.read())


{"make": make, "python": by_python, "gmime": by_gmime, "ours": by_ours}[sys.argv[1]](*sys.argv[2:])
