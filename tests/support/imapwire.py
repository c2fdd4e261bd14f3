# SPDX-License-Identifier: ISC
"""imapwire - an IMAP client that is as compressed as its test wants: for what imaplib cannot say."""
import zlib


class Wire:
    """On a connected socket, behind the greeting."""
    def __init__(self, s):
        self.s, self.text = s, b""
        self.plain()
        self.line()

    def plain(self):
        self.out = self.into = None

    def deflate(self):
        self.out, self.into = zlib.compressobj(6, zlib.DEFLATED, -15), zlib.decompressobj(-15)

    def line(self):
        """The next line without its end, or "closed"."""
        while b"\r\n" not in self.text:
            got = self.s.recv(65536)
            if not got:
                return "closed"
            self.text += self.into.decompress(got) if self.into else got
        line, self.text = self.text.split(b"\r\n", 1)
        return line.decode()

    def send(self, data):
        self.s.sendall(self.out.compress(data) + self.out.flush(zlib.Z_SYNC_FLUSH) if self.out else data)

    def say(self, text):
        """A command; all lines of the answer, of which the last begins with its tag, or is "closed"."""
        self.send(text.encode() + b"\r\n")
        lines = [self.line()]
        while not (lines[-1] == "closed" or lines[-1].startswith(text.split()[0] + " ")):
            lines.append(self.line())
        return lines
