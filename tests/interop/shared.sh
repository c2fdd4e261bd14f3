#!/bin/sh
# SPDX-License-Identifier: ISC
#
# shared.sh - a Maildir on a file system that two machines share: both deliver into it and serve it at the same time.
# They have two names, process ids that may be the same, and a mount each of the same files. It is no NFS, which the
# kernels that these tests run on often do not have: what is seen here is that neither takes the other's locks for
# those of its own dead, and that UIDs are given once; not what a client's cache of attributes does. That is seen where
# MOUNT_ONE and MOUNT_TWO are two mounts of an NFS server's directory ("-o nosharecache"); it is left empty. Only for use
# inside tests/support/peer, which has the mounts for itself, or on a machine that is there for it.
. "${0%/*}/../support/lib.sh"

t_init
useradd -m pop 2>/dev/null
uid=$(id -u pop)
mkdir -p "$T/disk" "$T/one" "$T/two"
if ! mount --bind "${MOUNT_ONE:-$T/disk}" "$T/one" || ! mount --bind "${MOUNT_TWO:-$T/disk}" "$T/two"; then
	t_skip_all 'nothing can be mounted here'
fi
mkdir "$T/one/pop"
chown pop: "$T/one/pop"
chmod 755 "$T" "$T/one"

# machine NAME COMMAND...: with its name, process ids of its own, and its view of the files.
machine()
{
	name=$1
	shift
	unshare --uts --pid --fork --mount-proc --kill-child sh -c "hostname '$name'; exec \"\$@\"" sh "$@"
}

for host in one two; do
	printf 'pop:{PLAIN}secret:%s:%s::%s::\n' "$uid" "$uid" "$T/$host/pop" >"$T/users.$host"
	t_conf "users_file=$T/users.$host" "queue_directory=$T/spool.$host" mail_owner=nobody auth_failure_delay=0 \
		"mail_location=maildir:~/Maildir" mynetworks=127.0.0.0/8
	cp "$LETTERBOX_CONF" "$T/conf.$host"
done

cat >"$T/work.py" <<'END'
import os, poplib, subprocess, sys, time
T, host, n, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
letterbox = os.environ["LETTERBOX"]
env = dict(os.environ, LETTERBOX_CONF=T + "/conf." + host)
server = subprocess.Popen([letterbox, "pop3d", "--listen", "127.0.0.1:0", "--foreground"], env=env, stdout=subprocess.PIPE,
                          stderr=open(T + "/pop3d." + host, "w"), text=True)
port = int(server.stdout.readline().rsplit(":", 1)[1])


def uids():
    for _ in range(60):
        try:
            c = poplib.POP3("127.0.0.1", port, timeout=60)
            c.user("pop")
            c.pass_("secret")
            ids = {}
            for line in c.uidl()[1]:
                number, uid = line.decode().split()
                body = c.retr(int(number))[1]
                ids[uid] = [l.decode() for l in body if l.startswith(b"Subject:")][0][9:]
            c.quit()
            return ids
        except poplib.error_proto as e:
            if "IN-USE" not in str(e):
                raise
            time.sleep(0.5)


seen = {}
for i in range(n):
    message = "Subject: %s-%d\n\nbody\n" % (host, i)
    subprocess.run([letterbox, "mda", "-d", "pop"], env=env, input=message, text=True, check=True)
    if i % 5 == 4:
        for uid, subject in uids().items():
            if seen.setdefault(uid, subject) != subject:
                sys.exit("%s: %s was %s and is %s" % (host, uid, seen[uid], subject))
end = time.time() + seconds
while time.time() < end:
    last = uids()
    if len(last) == 2 * n:
        break
    time.sleep(0.5)
for uid, subject in last.items():
    if seen.setdefault(uid, subject) != subject:
        sys.exit("%s: %s was %s and is %s" % (host, uid, seen[uid], subject))
if len(set(last.values())) != len(last):
    sys.exit("%s: a message is there twice" % host)
lost = [s for s in seen.values() if s not in last.values()]
with open(T + "/result." + host, "w") as f:
    f.write("%d %d\n" % (len(last), len(lost)))
    f.writelines("%s %s\n" % pair for pair in sorted(last.items()))
server.terminate()
END
N=20
export LETTERBOX
machine one python3 "$T/work.py" "$T" one $N 40 >"$T/one.log" 2>&1 &
one=$!
machine two python3 "$T/work.py" "$T" two $N 40 >"$T/two.log" 2>&1 &
two=$!
wait $one $two
for host in one two; do
	t_is "$(head -n 1 "$T/result.$host" 2>/dev/null)" "$((2 * N)) 0" "machine $host sees all messages, and each stays what it is"
	[ -s "$T/result.$host" ] || tail -n 5 "$T/$host.log" "$T/pop3d.$host" | t_note
done
t_same "$T/result.one" "$T/result.two" 'both know them by the same unique ids'
t_is "$(find "$T/one/pop/Maildir/tmp" -type f | wc -l)" 0 'nothing is left in tmp'
t_is "$(find "$T/one/pop/Maildir" -name '*.lock' | wc -l)" 0 'nor a lock'

# What a machine that has gone left behind is not taken over by another one that has a process of that number.
printf '1:gone.example' >"$T/one/pop/Maildir/dovecot-uidlist.lock"
chown pop: "$T/one/pop/Maildir/dovecot-uidlist.lock"
printf 'Subject: later\n\nx\n' | LETTERBOX_CONF=$T/conf.one letterbox mda -d pop
t_is "$(printf 'USER pop\r\nPASS secret\r\n' | LETTERBOX_CONF=$T/conf.one timeout 3 letterbox pop3d 2>/dev/null | grep -c 'Logged in')" \
	0 'the lock of another machine is waited for'
rm -f "$T/one/pop/Maildir/dovecot-uidlist.lock"
t_is "$(printf 'USER pop\r\nPASS secret\r\nQUIT\r\n' | LETTERBOX_CONF=$T/conf.one timeout 20 letterbox pop3d 2>/dev/null | grep -c 'Logged in')" \
	1 'and when it is gone, the mailbox is served'
rm -rf "$T/one/pop"
umount "$T/one" "$T/two" 2>/dev/null
t_done
