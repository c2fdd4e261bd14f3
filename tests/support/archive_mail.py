#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# archive_mail.py COUNT MAILDIR - a Maildir with COUNT messages as a mailing list has them: threads, quotations, patches,
# tables, several languages, attachments, HTML, and what hostile senders write. The same COUNT gives the same messages.
import base64
import email.header
import email.utils
import os
import random
import struct
import sys
import zlib

PEOPLE = [("Alice Green", "alice@example.net"), ("Jörg Müller", "joerg@example.org"), ("Bo Andersson", "bo@mail.example"),
          ("Carla Rossi", "carla.rossi@example.com"), ("山田 太郎", "taro@example.jp"), ("דנה לוי", "dana@example.net"),
          ("Priya N.", "priya+lists@example.in"), ("", "cron@build.example.net"), ("O'Neil, Pat", "pat@example.ie")]
TOPICS = ["Meeting on Friday", "Release plan for 2.4", "Sourdough: starter does not rise", "Wie geht das mit den Fahrrädern?",
          "Patch: fix the off-by-one in the parser", "Numbers of last month", "Photos from the hike", "Lost and found",
          "次の会議について", "What editor do you use, and why? A long question that many will answer at length"]
SENTENCES = """I tried it yesterday evening and it works better than I expected, although the first attempt failed.
Could somebody who knows the details have a look before we decide?
The documentation is at https://docs.example.org/guide/start.html?lang=en&page=2 (see the second part).
We should not wait until spring.
Thanks for the explanation, that was the missing piece.
If you cannot come, write to me at alice@example.net or call.
My experience is the opposite: with a little patience the simple way is also the fast one.
Let us keep it small; whatever is not there cannot break.""".split("\n")
TABLE = """month        messages   authors
September         182        31
October           240        38
November           97        22"""
PATCH = """diff --git a/parse.c b/parse.c
index 8f2c1d4..b7e0a11 100644
--- a/parse.c
+++ b/parse.c
@@ -12,7 +12,7 @@ int parse(const char *s)
 {
 \tsize_t n = strlen(s);

-\tfor (size_t i = 0; i <= n; i++)
+\tfor (size_t i = 0; i < n; i++)
 \t\ttake(s[i]);
 \treturn 0;
 }"""
HEBREW = "שלום לכולם,\n\nהפגישה תתקיים ביום שישי. Please bring the plan.\n"
EVIL = '"><script>document.title="owned"</script><img src=x onerror=alert(1)> \u202eevil\u202c \x1b[31m </bdi></article>'


def png(width, height, colour):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes(c * (y + x) // (width + height) for x in range(width) for c in colour)
                    for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def encoded(text):
    return email.header.Header(text, "utf-8").encode() if not text.isascii() else text


def part(kind, name, data):
    return (f'--bb\nContent-Type: {kind}; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n'
            "Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(data).decode())


def multipart(text, parts):
    return ("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n"
            "Content-Type: text/plain; charset=utf-8\n\n" + text + "\n" + "".join(parts) + "--bb--\n")


def special(n, text):
    """Some messages are more than text."""
    kind = n % 40
    if kind == 7:
        return multipart("Here they are.\n\n" + text, [part("image/png", "Berg & Tal.png", png(640, 300, (90, 160, 230))),
                                                       part("application/pdf", "Plan für 2026.pdf", b"%PDF-1.4\n")])
    if kind == 11:
        return multipart(text, [part("text/html", "../page.html", b"<script>alert(1)</script>"),
                                part("image/svg+xml", "x.svg", b"<svg onload='alert(1)'/>"),
                                part("application/octet-stream", EVIL.replace('"', "'").replace("\x1b", "") + ".exe", b"MZ")])
    if kind == 13:
        return ("MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<html><head><script>alert(1)</script></head>"
                "<body onload='alert(2)'><p>In <b>HTML</b> only: <a href='javascript:alert(3)'>a link</a> and "
                "<a href='https://example.org/'>another</a>.</p><blockquote>quoted</blockquote></body></html>\n")
    if kind == 17:
        return ("MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8; format=flowed\n\nThis paragraph is flowed, "
                "which \nmeans that its lines \nare joined again. \n\n> and so is \n> this\n")
    body = {3: text + "\n\n" + TABLE, 5: text + "\n\n---\n\n" + PATCH, 19: EVIL + "\n" + text, 23: HEBREW}.get(kind, text)
    return "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + body + "\n"


def quote(text, lines):
    return "\n".join((">" if line.startswith(">") else "> ") + line for line in text.split("\n")[:lines])


def compose(rng, n, now, threads):
    name, address = rng.choice(PEOPLE)
    answered = rng.choice(threads) if threads and rng.random() < 0.72 else None
    text = "\n\n".join("\n".join(rng.sample(SENTENCES, rng.randint(1, 3))) for _ in range(rng.randint(1, 3)))
    subject = answered[0] if answered else rng.choice(TOPICS)
    if n % 40 == 19:
        subject, name = EVIL, EVIL.replace('"', "")
    body = text
    if answered:
        body = f"On that day, {answered[3]} wrote:\n{quote(answered[2], rng.choice([4, 9, 40]))}\n\n{text}"
    if rng.random() < 0.4:
        body += f"\n\n-- \n{name or 'cron'}\nhttps://example.org/~{n}/"
    mid = f"<{n}.{now}@example.net>"
    head = [f"From: {email.utils.formataddr((encoded(name), address)) if name else address}",
            f"Date: {email.utils.formatdate(now)}", f"Message-ID: {mid}", "To: friends@example.org",
            f"Subject: {encoded(('Re: ' if answered else '') + '[friends] ' + subject)}"]
    if answered:
        head.append("References: " + " ".join(answered[1][-8:]))
    threads.append((subject, (answered[1] if answered else []) + [mid], body, name or address))
    del threads[:-30]
    return "\n".join(head) + "\n" + special(n, body)


def main(count, maildir):
    rng = random.Random(7)
    for folder in "cur", "new", "tmp":
        os.makedirs(os.path.join(maildir, folder), exist_ok=True)
    now, threads = 1751353200, []
    step = 9900000 // max(count, 1)
    for n in range(1, count + 1):
        now += rng.randint(step // 2, step)
        name = os.path.join(maildir, "new", f"{now}.M{n:07d}.example")
        with open(name, "w", encoding="utf-8", errors="surrogateescape") as out:
            out.write(compose(rng, n, now, threads))
        os.utime(name, (now, now))


main(int(sys.argv[1]), sys.argv[2])
