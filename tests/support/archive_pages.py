#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# archive_pages.py DIR - read the pages of an archive as a strict program does: every element is closed where it was opened, ids
# are there once, nothing runs a script or fetches from elsewhere, every link and picture in DIR leads to a file, and
# feed and sitemaps are XML. Prints a line for each problem.
import html.parser
import os
import sys
import urllib.parse
import xml.etree.ElementTree

VOID = {"meta", "link", "img", "br", "input", "hr"}
KNOWN = VOID | set("""html head title body a header p nav ul ol li main h1 h2 bdi time div article section blockquote pre
    details summary span figure footer b form label button""".split())


class Page(html.parser.HTMLParser):
    def __init__(self, directory, name):
        super().__init__()
        self.directory, self.name = directory, name
        self.open, self.ids, self.problems, self.headings, self.landmarks = [], set(), [], [], []

    def say(self, text):
        self.problems.append(f"{self.name}:{self.getpos()[0]}: {text}")

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        if tag not in KNOWN:
            self.say(f"element {tag}")
        if len(set(names)) != len(names) or any(name.startswith("on") or name == "style" for name in names):
            self.say(f"attributes {names}")
        if tag in ("h1", "main", "nav"):
            self.landmarks.append(tag)
        if tag in ("p", "h1", "h2", "pre") and set(self.open) & {"p", "h1", "h2", "pre"}:
            self.say(f"{tag} in {self.open}")
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            self.attribute(tag, name, value or "")

    def attribute(self, tag, name, value):
        if name == "id":
            if value in self.ids:
                self.say(f"id {value} twice")
            self.ids.add(value)
        if name in ("href", "src", "action"):
            self.link(tag, value)
        if tag == "img" and name == "alt" and not value:
            self.say("a picture without words")

    def link(self, tag, value):
        url = urllib.parse.urlsplit(value)
        if url.scheme in ("http", "https") and tag in ("a", "link"):
            return
        if url.scheme == "mailto" and tag == "a" and "<" not in value:
            return
        if url.scheme or url.netloc:
            self.say(f"link to {value}")
        elif url.path and not os.path.isfile(os.path.join(self.directory, urllib.parse.unquote(url.path))):
            self.say(f"there is no {url.path}")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.say(f"</{tag}> where it is not open")

    def end(self):
        if self.open:
            self.say(f"not closed: {self.open}")
        if self.landmarks.count("h1") != 1 or self.landmarks.count("main") != 1 or "nav" not in self.landmarks:
            self.say(f"landmarks {self.landmarks}")
        return self.problems


def main(directory):
    pages = 0
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name)
        if name.endswith(".html"):
            pages += 1
            page = Page(directory, name)
            with open(path, encoding="utf-8") as text:
                content = text.read()
            page.feed(content)
            page.close()
            for line in page.end():
                print(line)
            if any(ord(c) < 32 and c not in "\n\t" or c in "\u202a\u202b\u202d\u202e\x7f" for c in content):
                print(f"{name}: a control character")
        elif name.endswith((".atom", ".xml")):
            xml.etree.ElementTree.parse(path)
    if pages < 10:
        print(f"only {pages} pages")


main(sys.argv[1])
