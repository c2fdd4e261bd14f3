#!/bin/sh
# SPDX-License-Identifier: ISC
#
# letterbox passwd: what it writes, what it leaves alone, where the password may come from.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf

# Without a user the secret is printed; each scheme is what it says.
for scheme in CRYPT:'\$y\$' SHA512-CRYPT:'\$6\$' SHA256-CRYPT:'\$5\$' BLF-CRYPT:'\$2b\$12\$' 'scram-sha-256:4096,' \
	SSHA256: PLAIN:geheim; do
	echo geheim >"$T/password"
	t_run letterbox passwd -s "${scheme%%:*}" <"$T/password"
	name=$(echo "${scheme%%:*}" | tr a-z A-Z)
	t_like "$(cat "$T/out")" "^\{$name\}${scheme#*:}" "a {$name} secret"
done
printf 'geheim' | letterbox passwd -s PLAIN >"$T/out"
t_is "$(cat "$T/out")" '{PLAIN}geheim' 'a line end is not needed'
printf 'geheim\r\nmore\n' | letterbox passwd -s PLAIN >"$T/out"
t_is "$(cat "$T/out")" '{PLAIN}geheim' 'one line is read'

# The file: one field of one line changes.
cat >"$T/u" <<'END'
# comment: al:x
al:{PLAIN}old:1001:1002:Al:/home/al:/bin/sh:userdb_mail=maildir:/x nologin

bo
bo:x
al:{PLAIN}second:::::
END
chmod 644 "$T/u"
ln -s u "$T/link"
echo 'neu' | letterbox passwd -s PLAIN -f "$T/link" al
echo 'neu' | letterbox passwd -s PLAIN -f "$T/u" bo
echo 'neu' | letterbox passwd -s PLAIN -f "$T/u" carla@example.org
cat >"$T/want" <<'END'
# comment: al:x
al:{PLAIN}neu:1001:1002:Al:/home/al:/bin/sh:userdb_mail=maildir:/x nologin

bo
bo:{PLAIN}neu
al:{PLAIN}second:::::
carla@example.org:{PLAIN}neu::::::
END
t_same "$T/u" "$T/want" 'everything else stays'
t_is "$(readlink "$T/link")" u 'a link stays one'
t_like "$(ls -l "$T/u")" '^-rw-r-----' 'others may not read it any more'
t_is "$(find "$T" -name '.u*')" '' 'nothing is left behind'
echo neu | letterbox passwd -f "$T/fresh" al
t_like "$(ls -l "$T/fresh")" '^-rw-------' 'a new file is private'
t_like "$(cat "$T/fresh")" '^al:\{CRYPT\}\$y\$[^:]*::::::$' 'and has the user in it'
if [ "$(id -u)" -eq 0 ]; then
	chown 65534:65534 "$T/u"
	echo neu | letterbox passwd -f "$T/u" al
	t_is "$(stat -c %u:%g "$T/u")" 65534:65534 'the owner stays'
fi

# Without -f it is users_file; without that nothing is guessed.
echo neu | letterbox passwd al
t_like "$(cat "$T/users")" '^al:\{CRYPT\}' 'users_file'
if [ "$(id -u)" -eq 0 ]; then
	rm "$T/users"
	echo neu | letterbox passwd al
	t_is "$(stat -c '%a %U:%g' "$T/users")" "640 root:$(stat -c %g "$SPOOL")" 'smtpd may read a new one that is root'"'"'s'
fi
t_expect_exit 64 letterbox passwd -o users_file= al
t_like "$(cat "$T/err")" 'there is no users_file' 'no users_file'

# Many at a time: none is lost.
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	echo "neu$i" | letterbox passwd -s SSHA256 -f "$T/fresh" "user$i" &
done
wait
t_is "$(grep -c '^user[0-9]*:{SSHA256}' "$T/fresh")" 12 'twelve at a time'

# Refused, and the file is as it was.
cp "$T/u" "$T/before"
for name in '' 'a:b' 'a/b' '#a' 'a b' "$(printf 'a\tb')"; do
	echo neu >"$T/password"
	t_run letterbox passwd -f "$T/u" "$name" <"$T/password"
	t_is "$STATUS" 64 "no name: '$name'"
done
t_run letterbox passwd -f "$T/u" al </dev/null
t_is "$STATUS" 64 'an empty password'
head -c 2000 /dev/zero | tr '\0' x >"$T/password"
t_run letterbox passwd -f "$T/u" al <"$T/password"
t_like "$STATUS $(cat "$T/err")" '^64 .*longer than 512 bytes' 'a password that is too long'
echo neu >"$T/password"
t_run letterbox passwd -s ROT13 -f "$T/u" al <"$T/password"
t_like "$STATUS $(cat "$T/err")" '^64 .*ROT13' 'a scheme that is not known'
t_expect_exit 64 letterbox passwd -f "$T/u" al geheim
t_run letterbox passwd -f "$T/nowhere/u" al <"$T/password"
t_is "$STATUS" 75 'a directory that is not there'
mkdir "$T/directory"
t_run letterbox passwd -f "$T/directory" al <"$T/password"
t_is "$((STATUS != 0))" 1 'a directory is no file'
t_same "$T/u" "$T/before" 'the file is as it was'

# On a terminal it is asked for twice, and not shown.
if python3 -c 'import pty' 2>/dev/null; then
	cat >"$T/ask.py" <<'END'
import os, pty, sys
def run(first, second):
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp("letterbox", ["letterbox", "passwd", "-s", "PLAIN", "-f", sys.argv[1], "al"])
    shown = b""
    for prompt, text in (b"New password: ", first), (b"The same again: ", second):
        while prompt not in shown:
            shown += os.read(fd, 1000)
        os.write(fd, text + b"\n")
    try:
        while True:
            piece = os.read(fd, 1000)
            if not piece:
                break
            shown += piece
    except OSError:
        pass
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), first in shown
print(run(b"am-terminal", b"am-terminal"), run(b"am-terminal", b"anders"))
END
	t_is "$(python3 "$T/ask.py" "$T/u")" '(0, False) (64, False)' 'a terminal'
	t_like "$(cat "$T/u")" '^al:\{PLAIN\}am-terminal:' 'what was typed'
fi
t_like "$(letterbox passwd --help)" '^usage: letterbox passwd' '--help'
t_done
