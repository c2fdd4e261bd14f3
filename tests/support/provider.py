#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# provider - what somebody who sells mailboxes runs, for tests: a submission server that wants a login, a web server, a
# proxy. On 127.0.0.1, at a port that the kernel chooses and that is printed ("listening on"). Written without
# anything of letterbox, so that both can be wrong only in different ways.
#
#	provider.py smtp  [--cert PEM [--wrapper] [--ca PEM]] [--auth "PLAIN LOGIN"] [--user U --password P]
#	                  [--tokens FILE] [--tls-only] [--refuse TEXT] [--hang-up VERB] [--inject] [--log FILE]
#	provider.py https --cert PEM --dir DIR [--client ID:SECRET --refresh TOKEN --tokens FILE [--rotate]] [--log FILE]
#	provider.py socks|connect [--log FILE]
#
# PEM has key and certificate. smtp: --tokens names a file of access tokens that are good now, a line each; the log has
# what was said, and messages. https: DIR/PATH is given with the status and media type of DIR/PATH.head ("200
# text/plain", and a header field); with --client a POST gives an access token, adds it to --tokens, and says how long it
# lives as in DIR/expires_in.

import argparse
import base64
import hashlib
import hmac
import json
import os
import socket
import ssl
import sys
import threading
import urllib.parse

lock = threading.Lock()


def log(text):
    if args.log:
        with lock, open(args.log, 'a') as f:
            f.write(text + '\n')


class Gone(Exception):
    pass


class Smtp:
    def __init__(self, conn):
        self.conn = conn
        self.secure = False
        self.who = None
        if args.wrapper:
            self.start_tls()
        self.file = self.conn.makefile('rb')

    def start_tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(args.cert)
        if args.ca:
            context.load_verify_locations(args.ca)
            context.verify_mode = ssl.CERT_REQUIRED
        self.conn = context.wrap_socket(self.conn, server_side=True)
        self.secure = True
        log('TLS %s' % (self.conn.getpeercert() or {}).get('subject', ''))

    def say(self, text):
        self.conn.sendall(text.encode() + b'\r\n')

    def hear(self):
        line = self.file.readline()
        if not line:
            raise Gone()
        return line.rstrip(b'\r\n').decode('latin-1')

    def challenge(self, text=b''):
        self.say('334 ' + base64.b64encode(text).decode())
        return base64.b64decode(self.hear())

    # Each returns who it is, or None.

    def plain(self, first):
        _, user, password = (first or self.challenge()).split(b'\0')
        return user.decode() if [user.decode(), password.decode()] == [args.user, args.password] else None

    def login(self, first):
        user = first or self.challenge(b'Username:')
        password = self.challenge(b'Password:')
        return user.decode() if [user.decode(), password.decode()] == [args.user, args.password] else None

    def cram_md5(self, first):
        nonce = b'<%s@provider.example>' % os.urandom(8).hex().encode()
        user, digest = self.challenge(nonce).decode().rsplit(' ', 1)
        want = hmac.new(args.password.encode(), nonce, hashlib.md5).hexdigest()
        return user if user == args.user and hmac.compare_digest(want, digest) else None

    def bearer(self, first):
        fields = dict(f.split('=', 1) for f in (first or self.challenge()).decode().replace('auth=', '\1auth=')
                      .split('\1') if '=' in f)
        kind, token = fields['auth'].split(' ', 1)
        with open(args.tokens) as f:
            good = kind == 'Bearer' and token in f.read().split()
        if good:
            return fields.get('user') or 'bearer'
        self.challenge(b'{"status":"401","schemes":"bearer","scope":"https://mail.example/"}')
        return None

    def external(self, first):
        return (first or self.challenge()).decode() or 'external'

    mechanisms = {'PLAIN': plain, 'LOGIN': login, 'CRAM-MD5': cram_md5, 'XOAUTH2': bearer, 'OAUTHBEARER': bearer,
                  'EXTERNAL': external}

    def auth(self, words):
        mechanism = words[1].upper() if len(words) > 1 else ''
        if mechanism not in args.auth.split():
            return self.say('504 5.5.4 Unrecognized authentication type')
        first = base64.b64decode(words[2]) if len(words) > 2 and words[2] != '=' else b''
        try:
            self.who = self.mechanisms[mechanism](self, first)
        except (ValueError, KeyError):
            self.who = None
        log('AUTH %s %s' % (mechanism, self.who or 'refused'))
        secret = words[2] if len(words) > 2 else ''
        self.say('235 2.7.0 Welcome' if self.who else args.refuse.replace('%s', secret))

    def ehlo(self, words):
        self.say('250-provider.example at your service')
        self.say('250-PIPELINING')
        self.say('250-SIZE 1000000')
        if args.cert and not self.secure:
            self.say('250-STARTTLS')
        if args.auth and not self.who and (self.secure or not args.tls_only):
            self.say('250-AUTH ' + args.auth)
        self.say('250 8BITMIME')

    def data(self, words):
        self.say('354 Go ahead')
        log('MESSAGE')
        line = self.hear()
        while line != '.':
            log('| ' + line)
            line = self.hear()
        self.say('250 2.0.0 Queued')

    def mail(self, words):
        self.say('250 2.1.0 Ok' if self.who or not args.auth else '530 5.7.0 Authentication required')

    def turn(self, line):
        words = line.split()
        verb = words[0].upper() if words else ''
        if verb == 'AUTH':
            log('AUTH ' + ' '.join(words[1:2]))
        else:
            log(line)
        if verb == args.hang_up:
            raise Gone()
        if verb == 'STARTTLS' and args.cert and not self.secure:
            self.say('220 Ready' + ('\r\n250-injected\r\n250 AUTH PLAIN' if args.inject else ''))
            self.start_tls()
            self.file = self.conn.makefile('rb')
        elif verb == 'QUIT':
            self.say('221 Bye')
            raise Gone()
        else:
            {'EHLO': self.ehlo, 'AUTH': self.auth, 'DATA': self.data,
             'MAIL': self.mail}.get(verb, lambda words: self.say('250 2.0.0 Ok'))(words)

    def run(self):
        log('CONNECT')
        self.say('220 provider.example ESMTP')
        while True:
            self.turn(self.hear())


class Https:
    def __init__(self, conn):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(args.cert)
        self.conn = context.wrap_socket(conn, server_side=True)
        self.file = self.conn.makefile('rb')

    def answer(self, status, kind, body, more=''):
        self.conn.sendall(('HTTP/1.1 %s X\r\nContent-Type: %s\r\nContent-Length: %d\r\n%sConnection: close\r\n\r\n'
                           % (status, kind, len(body), more)).encode() + body)

    def page(self, path):
        path = args.dir + '/' + os.path.basename(path)
        if not os.path.exists(path):
            return self.answer(404, 'text/html', b'<html>no')
        status, kind, more = 200, 'text/plain', ''
        if os.path.exists(path + '.head'):
            with open(path + '.head') as f:
                status, kind, more = (f.read().split('\n')[0].split(' ', 2) + [''])[:3]
        with open(path, 'rb') as f:
            self.answer(status, kind, f.read(), more + '\r\n' if more else '')

    def refuse(self, error, text):
        log('REFUSED ' + error)
        self.answer(400, 'application/json', json.dumps({'error': error, 'error_description': text}).encode())

    def token(self, form):
        client, secret = args.client.split(':')
        refresh = args.refresh
        if os.path.exists(args.dir + '/refresh'):
            with open(args.dir + '/refresh') as f:
                refresh = f.read()
        if form.get('grant_type') != 'refresh_token':
            return self.refuse('unsupported_grant_type', '')
        if [form.get('client_id'), form.get('client_secret')] != [client, secret]:
            return self.refuse('invalid_client', 'Who are you?')
        if form.get('refresh_token') != refresh:
            return self.refuse('invalid_grant', 'Token has been expired or revoked.')
        access = 'access+token/' + os.urandom(8).hex()
        with open(args.tokens, 'a') as f:
            f.write(access + '\n')
        reply = {'token_type': 'Bearer', 'access_token': access, 'expires_in': 3600, 'scope': form.get('scope')}
        if os.path.exists(args.dir + '/expires_in'):
            with open(args.dir + '/expires_in') as f:
                reply['expires_in'] = json.load(f)
        if args.rotate:
            reply['refresh_token'] = 'rotated-' + os.urandom(8).hex()
            with open(args.dir + '/refresh', 'w') as f:
                f.write(reply['refresh_token'])
        log('GRANTED')
        self.answer(200, 'application/json; charset=UTF-8', json.dumps(reply).encode())

    def run(self):
        method, target, _ = self.file.readline().decode().split()
        length = 0
        for line in self.file:
            if line == b'\r\n':
                break
            name, value = line.decode().split(':', 1)
            if name.lower() == 'content-length':
                length = int(value)
        log('%s %s' % (method, target))
        if method == 'POST' and args.client:
            self.token(dict(urllib.parse.parse_qsl(self.file.read(length).decode())))
        else:
            self.file.read(length)
            self.page(target)


class Proxy:
    def __init__(self, conn):
        self.conn = conn

    def exactly(self, n):
        data = b''
        while len(data) < n:
            more = self.conn.recv(n - len(data))
            if not more:
                raise Gone()
            data += more
        return data

    def socks(self):
        _, n = self.exactly(2)
        self.exactly(n)
        self.conn.sendall(b'\5\0')
        _, _, _, kind = self.exactly(4)
        host = {1: lambda: socket.inet_ntop(socket.AF_INET, self.exactly(4)),
                3: lambda: self.exactly(self.exactly(1)[0]).decode(),
                4: lambda: socket.inet_ntop(socket.AF_INET6, self.exactly(16))}[kind]()
        port = int.from_bytes(self.exactly(2), 'big')
        return host, port, b'\5\0\0\1\0\0\0\0\0\0'

    def connect(self):
        head = b''
        while not head.endswith(b'\r\n\r\n'):
            head += self.exactly(1)
        host, port = head.split()[1].decode().rsplit(':', 1)
        return host, int(port), b'HTTP/1.1 200 Connected\r\n\r\n'

    # Whatever the name is, it is this machine: the proxy looks it up, and not its client.
    def run(self):
        host, port, ready = self.socks() if args.role == 'socks' else self.connect()
        log('%s %s' % (host, 'PORT'))
        other = socket.create_connection(('127.0.0.1', port))
        self.conn.sendall(ready)
        threading.Thread(target=self.pump, args=(other, self.conn), daemon=True).start()
        self.pump(self.conn, other)

    @staticmethod
    def pump(a, b):
        try:
            for data in iter(lambda: a.recv(65536), b''):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass


roles = {'smtp': Smtp, 'https': Https, 'socks': Proxy, 'connect': Proxy}


def serve(conn):
    try:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = roles[args.role](conn)
        conn = peer.conn
        peer.run()
        conn = peer.conn
    except (Gone, OSError, ValueError) as e:
        log('END %s' % type(e).__name__)
    finally:
        try:
            conn.close()
        except OSError:
            pass


parser = argparse.ArgumentParser()
parser.add_argument('role', choices=roles)
for name in ('cert', 'ca', 'user', 'password', 'tokens', 'hang-up', 'log', 'dir', 'client', 'refresh'):
    parser.add_argument('--' + name)
for name in ('wrapper', 'tls-only', 'inject', 'rotate'):
    parser.add_argument('--' + name, action='store_true')
parser.add_argument('--auth', default='')
parser.add_argument('--refuse', default='535 5.7.8 Error: authentication failed')
args = parser.parse_args()
listener = socket.create_server(('127.0.0.1', 0), backlog=50)
print('listening on 127.0.0.1:%d' % listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
