#!/bin/sh
# SPDX-License-Identifier: ISC
#
# notify.sh - two clients on one account: what one does, NOTIFY tells the other as it happens; and too much of it.
. "${0%/*}/../../support/lib.sh"
t_init
python3 -c 'import imaplib' 2>/dev/null || t_skip_all 'there is no Python'
uid=
owner=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
	uid=65533
	owner=nobody
fi
t_user al "{PLAIN}secret:$uid:$uid::$T/home/al::"
box=$T/home/al/Maildir
mkdir -p "$box/new" "$box/cur" "$box/tmp"
[ -z "$uid" ] || chown -R "$uid:$uid" "$T/home"
t_conf "mail_owner=$owner" auth_failure_delay=0
t_start imapd imapd --listen 127.0.0.1:0 --foreground
t_port imapd || t_done

cat >"$T/two.py" <<'END'
import imaplib, sys

class Client(imaplib.IMAP4):
    """One that can be told something without having asked."""
    def __init__(self, port):
        super().__init__("127.0.0.1", port)
        self.login("al", "secret")
    def say(self, line):
        tag = self._new_tag()
        self.send(tag + b" " + line.encode() + b"\r\n")
        lines = []
        while True:
            lines.append(self.readline().decode().strip())
            if lines[-1].startswith(tag.decode() + " "):
                return [text.replace(tag.decode(), "TAG", 1) for text in lines]
    def hear(self):
        return self.readline().decode().strip()

watcher, other = Client(int(sys.argv[1])), Client(int(sys.argv[1]))
print(*watcher.say("NOTIFY SET (personal (MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange "
                   "MessageNew MessageExpunge))"), sep="\n")
for line in ("CREATE work", "SUBSCRIBE work", 'SETMETADATA work (/shared/comment "x")',
             'SETMETADATA "" (/private/comment "y")', "RENAME work play", "UNSUBSCRIBE work", "DELETE play"):
    other.say(line)
    print(watcher.hear())
END
out=$(python3 "$T/two.py" "$PORT" 2>&1)
t_is "$out" 'TAG OK As you like
* LIST (\HasNoChildren) "/" "work"
* LIST (\Subscribed \HasNoChildren) "/" "work"
* METADATA "work" /shared/comment
* METADATA "" /private/comment
* LIST (\HasNoChildren) "/" "play" ("OLDNAME" ("work"))
* LIST (\NonExistent \Noselect \HasNoChildren) "/" "work"
* LIST (\NonExistent \Noselect \HasNoChildren) "/" "play"' 'what another client does to mailboxes'

# More mailboxes than are watched: refused at the beginning, given up later.
cat >"$T/many.py" <<'END'
import os, sys
exec(open(sys.argv[2]).read().split("watcher, other")[0])
def make(n):
    for part in ("", "/cur", "/new", "/tmp"):
        os.mkdir(sys.argv[3] + "/.f%d%s" % (n, part))
        os.chmod(sys.argv[3] + "/.f%d%s" % (n, part), 0o777)
client = Client(int(sys.argv[1]))
for n in range(999):
    make(n)
print(*client.say("NOTIFY SET (personal (MailboxName))"), sep="\n")
make(999)
print(client.hear())
print(*client.say("NOTIFY SET (personal (MailboxName))"), sep="\n")
END
out=$(python3 "$T/many.py" "$PORT" "$T/two.py" "$box" 2>&1)
t_is "$out" 'TAG OK As you like
* OK [NOTIFICATIONOVERFLOW] There are too many mailboxes, nothing will be told any more
TAG NO [NOTIFICATIONOVERFLOW] That is more than 1000 mailboxes, or 16384 octets' 'too many mailboxes'
t_done
