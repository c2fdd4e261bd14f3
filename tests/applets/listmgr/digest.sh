#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Digests of 51 posts, with 8-bit text and digests among them, as Python's email package takes them apart.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf myorigin=example.org mydestination=example.org
L=$SPOOL/lists/friends

listmgr create --owner al@example.org friends 'digest=daily' digest_max=51 >/dev/null
listmgr add --set digest friends al@example.org
listmgr add --set digest,plain friends bo@example.org
listmgr add friends carla@example.org

# The archive as posts fill it: a Maildir whose UIDs are the numbers of the posts.
python3 - "$L" <<'END'
import os, sys, time
path = sys.argv[1]
for folder in ("", "/cur", "/new", "/tmp"):
    os.mkdir(path + "/archive" + folder, 0o700)
posts = open(path + "/posts", "w")
uids = open(path + "/archive/dovecot-uidlist", "w")
uids.write("3 V1795348800 N52\n")
for n in range(1, 52):
    head = b"From: Carla <carla@example.org>\nTo: friends@example.org\nSubject: lunch %d\nMessage-ID: <%d@x>\n" % (n, n)
    body = b"\nWho comes to lunch %d?\n" % n
    if n % 10 == 0:
        head += b"MIME-Version: 1.0\nContent-Type: multipart/digest; boundary=\"=_\"\n"
        body = b"\n--=_\n\nSubject: inner\n\nnested %d\n--=_--\n" % n
    elif n % 3 == 1:
        head += b"MIME-Version: 1.0\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n"
        body = b"\nJ\374rgen %d\n------------------------------\nbehind\n" % n
    name = "%d.M%dP1.test" % (1795348800 + n, n)
    open(path + "/archive/cur/" + name + ":2,", "wb").write(b"Received: by x\n" + head + body)
    uids.write("%d :%s\n" % (n, name))
    posts.write("%d %s %016d %d carla@example.org lunch%%20%d\n"
                % (n, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), n, len(head + body), n))
END
chown -R --reference="$L/config" "$L/archive" "$L/posts"

# Until the queue is empty, whoever delivers it.
settle()
{
	t_wait 10 sh -c "mta-relay --once >/dev/null 2>&1; test -z \"\$(mailq --json)\""
}

t_expect_exit 0 listmgr digest
settle
t_is "$(t_mail_count al) $(t_mail_count bo) $(t_mail_count carla)" '1 1 0' 'a digest that is full goes to those who want it'
cat >"$T/split.py" <<'END'
import email, email.policy, sys
m = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
print(m["Subject"], "|", m["Reply-To"], "|", m["List-Id"] is not None, "|", m.defects)
print(" ".join(p.get_content_type() for p in m.iter_parts()))
digest = list(m.iter_parts())[1]
inner = [p.get_payload()[0] for p in digest.iter_parts()]
print(len(inner), all(p.get_content_type() == "message/rfc822" for p in digest.iter_parts()))
print(all(i["Subject"] == "lunch %d" % (n + 1) and not i["Received"] and not i.defects for n, i in enumerate(inner)))
print(inner[0].get_content().split("\n")[0], "|", inner[9].get_payload()[0].get_payload()[0].get_content().strip())
END
t_run python3 -X utf8 "$T/split.py" "$(t_mail al)"
cat >"$T/want" <<END
Friends Digest, Vol $(date +%Y), Issue 1 | friends@example.org | True | []
text/plain multipart/digest
51 True
True
Jürgen 1 | nested 10
END
t_same "$T/out" "$T/want" 'Python finds 51 messages in the multipart/digest'

python3 -X utf8 - "$(t_mail bo)" >"$T/out" <<'END'
import email, email.policy, re, sys
m = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
text = m.get_content()
head, rest = text.split("\n" + 70 * "-" + "\n\n", 1)
print(len(re.findall(r"^ +\d+\. lunch \d+ \(carla@example.org\)$", head, re.M)))
posts = rest.split("\n" + 30 * "-" + "\n\n")
print(len(posts), posts[-1].startswith("End of Friends Digest, Vol "), set(posts[-1].split("\n")[1]))
first = email.message_from_string(posts[0])
print(first["Subject"], "|", first.get_payload().replace("\n", "/"))
print(email.message_from_string(posts[9])["Subject"], "|", "nested 10" in posts[9])
END
cat >"$T/want" <<'END'
51
52 True {'*'}
lunch 1 | Jürgen 1/ ------------------------------/behind/
lunch 10 | True
END
t_same "$T/out" "$T/want" 'and in the text, by the rules of RFC 1153'

t_expect_exit 0 listmgr digest --force friends
t_expect_exit 0 listmgr tick
settle
t_is "$(t_mail_count al)" 1 'nobody gets one twice'
t_like "$(cat "$L/log")" 'digest [0-9]*/1: posts 1 to 51 for 2 members$' 'the log has it'
t_is "$(cat "$L/digest")" "last 51
volume $(date +%Y)
issue 1" 'and the state is text'

# As the list's own posts fill it: the third makes the digest.
listmgr create --owner al@example.org talk 'digest=3 posts' archive=no >/dev/null
listmgr add --set digest talk al@example.org
listmgr add talk carla@example.org
for n in 1 2 3; do
	printf 'From: carla@example.org\nTo: talk@example.org\nMessage-ID: <t%s@x>\nSubject: talk %s\n\nHello\n' "$n" "$n" |
		listmgr post talk
done
settle
t_is "$(t_mail_count al) $(t_mail_count carla)" '2 3' 'three posts are one digest, or three messages'
t_is "$(t_newest al | grep -c '^Subject: talk [123]$')" 3 'with all of them in it'
t_is "$(cat "$SPOOL/lists/talk/digest") $(find "$SPOOL/lists/talk/undigested/cur" "$SPOOL/lists/talk/undigested/new" \
	"$SPOOL/lists/talk/digests" -type f | wc -l)" "last 3
volume $(date +%Y)
issue 1 0" 'and nothing is left of them'
t_is "$(t_newest al | tr -d '\n' | grep -c 'Talk Digest, Vol')" 1 'it has the name of the list'

listmgr create --owner al@example.org quiet >/dev/null
t_expect_exit 0 listmgr digest --force quiet
t_expect_exit 67 listmgr digest nolist
t_done
