# SPDX-License-Identifier: ISC
"""smtptalk.py SCRIPT ARGUMENT... - carry out SCRIPT, in Python, with a client for SMTP that does what smtplib would not:
what is below, and the arguments in `args`. The server is at SMTP_PORT; CA_FILE has who signs its certificate."""
import os
import signal
import socket
import ssl
import sys
import time

args = sys.argv[2:]
context_file = os.environ.get("CA_FILE")
context = ssl.create_default_context(cafile=context_file)


class Peer:
    def __init__(self, sock):
        self.sock, self.buf = sock, b""

    def line(self):
        """The next line without its end, or "end"."""
        while b"\n" not in self.buf:
            got = self.sock.recv(4096)
            if not got:
                return "end"
            self.buf += got
        line, self.buf = self.buf.split(b"\n", 1)
        return line.decode().rstrip("\r")


def connect(where=None):
    """To a port of this machine, or the path of a UNIX socket."""
    is_path = "/" in (where or "")
    s = socket.socket(socket.AF_UNIX if is_path else socket.AF_INET)
    s.settimeout(20)
    s.connect(where if is_path else ("127.0.0.1", int(where or os.environ["SMTP_PORT"])))
    return Peer(s)


def reply(c):
    """A reply, its lines joined by "|"."""
    lines = [c.line()]
    while lines[-1][3:4] == "-":
        lines.append(c.line())
    return "|".join(lines)


def say(c, text):
    c.sock.sendall(text.encode("latin1") + b"\r\n")
    return reply(c)


def message(c, to):
    """The codes of the replies."""
    said = "EHLO c", "MAIL FROM:<a@b.example>", "RCPT TO:<%s>" % to, "DATA", "hello\r\n."
    return [say(c, x)[:3] for x in said]


def secure(c, name="mx.example", context=context, **more):
    assert c.buf == b"", c.buf
    c.sock = context.wrap_socket(c.sock, server_hostname=name, **more)
    return c


def starttls(c, **more):
    reply(c)
    say(c, "EHLO c")
    assert say(c, "STARTTLS")[:3] == "220"
    return secure(c, **more)


def name(c):
    """Who the server's certificate says it is."""
    return c.sock.getpeercert()["subject"][0][0][1]


def logged(text):
    with open(os.environ["T"] + "/smtpd.log") as f:
        return f.read().count(text)


def hup(text):
    """SIGHUP to the server, and wait until it has logged that and told its processes. It does so before it reads its
    configuration for a second time."""
    for _ in range(2):
        before = logged(text)
        os.kill(int(os.environ["SMTPD_PID"]), signal.SIGHUP)
        while logged(text) == before:
            time.sleep(0.01)


def listen_again():
    """Take the port that the server has had."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for _ in range(2000):
        try:
            s.bind(("127.0.0.1", int(os.environ["SMTP_PORT"])))
            s.listen()
            return s
        except OSError:
            time.sleep(0.01)
    raise TimeoutError("the port is not free")


exec(sys.argv[1])
