# SPDX-License-Identifier: ISC
"""dialogue - what the dialogues in Python have in common that t_talk of lib.sh runs. They print "ok - what should be so", or
"not ok - " and what was got."""
import os
import re
import time


def ok(good, text, got=""):
    print("%s - %s" % ("ok" if good else "not ok", text))
    if not good:
        print("got: %r" % (got,))


def look(got, want, text):
    """`got` has what the expression `want` describes."""
    ok(re.search(want, got), text, got)


def children(server):
    return [int(p) for p in open("/proc/%d/task/%d/children" % (server, server)).read().split()]


def status(pid, name):
    return re.search(name + r":\s*(.*)", open("/proc/%d/status" % pid).read()).group(1).split()


def is_sanitized(server):
    """Sanitizers take memory of their own."""
    return any("asan" in open("/proc/%d/maps" % p).read() for p in children(server))


def look_at_rights(server, uid):
    """The processes of a server that was started by root: one serves the user, others wait."""
    # One that was just forked has still to give up what it inherited.
    for _ in range(100):
        states = [(status(pid, "Uid")[0], int(status(pid, "CapPrm")[0], 16)) for pid in children(server)]
        if all(user != "0" for user, _ in states):
            break
        time.sleep(0.05)
    users = [rights for user, rights in states if user == uid]
    ok(users and not any(users), "a session is the user's and can do nothing else", states)
    rest = [(user, rights) for user, rights in states if user != uid]
    ok(rest and all(user != "0" and rights in (0xc0, 0x4) for user, rights in rest),
       "who waits has one right, and so has who knows the passwords", states)


def look_at_carrier(server):
    """One of the processes carries what a client and another host say."""
    states = []
    for pid in children(server):
        try:
            states.append((status(pid, "Uid"), int(status(pid, "CapPrm")[0], 16)))
        except OSError:
            continue
    ok([u for u, rights in states if rights == 0 and u[0] != "0" and u[0] == u[2]],
       "its process has no rights any more", states)


def look_at_proxied(subject, failed, unavailable):
    """The users of mailserver_pair. subject(): the subject and body of the first message that a user is given, or what
    the server has said against it."""
    look(subject("al", "front"), "^Subject: of al hello$", "pass= is for the host, the client has a password of ours")
    look(subject("al", "secret"), failed, "and not that of the host")
    look(subject("bo", "secret"), "^Subject: of bo hello$", "nopassword: the host looks at the password")
    look(subject("bo", "wrong"), failed, "and says that it is wrong")
    look(subject("carl", "secret"), "^Subject: of al hello$", "destuser=")
    look(subject("dora", "secret"), unavailable + ".*cannot be reached", "a certificate with another name")
    look(subject("emil", "secret"), "^Subject: of bo hello$", "ssl=any-cert")
    look(subject("finn", "secret"), unavailable + ".*cannot be reached", "a server that is sent to itself")
    look(subject("gina", "secret"), "^Subject: of al hello$", "proxy_maybe: itself is good enough")
    look(subject("hugo", "secret"), unavailable + ".*cannot be reached", "nobody is there")
    look(subject("ida", "secret"), unavailable, "proxy without host=")
    look(subject("jan", "secret"), failed, "a password that is wrong here")
    look(subject("kim", "secret"), unavailable + ".*cannot be reached",
         "nopassword, and the host cannot open the mail: that is no wrong password")


def add_account(directory, name, uid):
    """An account that is added while a server runs, in a file that only root may read."""
    home = directory + "/home/" + name
    ids = "%s:%s" % (uid, uid) if os.geteuid() == 0 else ":"
    with open(directory + "/users", "a") as f:
        f.write("%s:{PLAIN}secret:%s::%s::\n" % (name, ids, home))
    os.makedirs(home + "/Maildir/new")
    for part in "", "/Maildir", "/Maildir/new":
        if os.geteuid() == 0:
            os.chown(home + part, int(uid), int(uid))
    time.sleep(0.1)
