#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Mail that comes back, through real servers: a member's host refuses, our relay reports it, the list counts, asks with
# a probe, and removes. The file `bounces` is text, so days pass by sed.
. "${0%/*}/../../support/lib.sh"
t_init
fake=${LETTERBOX%/*}/tests/fakesmtp
t_start dead "$fake" RCPT='550 5.1.1 no such user'
t_port dead && dead=$PORT
t_start strict "$fake" .='550 5.7.26 refused by DMARC policy'
t_port strict && strict=$PORT
t_start good "$fake" --log "$T/good.said"
t_port good && good=$PORT
cat >"$T/transport" <<END
dead.example smtp:[127.0.0.1]:$dead
strict.example smtp:[127.0.0.1]:$strict
good.example smtp:[127.0.0.1]:$good
END
t_conf myorigin=example.org mydestination=example.org transport_maps="$T/transport"
L=$SPOOL/lists/friends

listmgr create --owner al@example.org friends bounce_score_limit=2 remove_after=2 probe_after=7d >/dev/null
listmgr add friends Gone@dead.example strict@strict.example d1@dead.example d2@dead.example d3@dead.example \
	d4@dead.example ok@good.example

# signed WHO: the sender that mail of the list has for a member, made by another program than ours.
signed()
{
	python3 - "$L/key" "$1" <<'END'
import hashlib, hmac, sys, time
alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
key = bytes.fromhex(open(sys.argv[1]).readline())
day = (int(time.time()) - 1767225600) // 86400
digits = "".join(alphabet[day >> s & 31] for s in (10, 5, 0))
who = sys.argv[2].replace("@", "=")
parts = ["friends@example.org", "bounces", digits, who]
mac = int.from_bytes(hmac.new(key, "\0".join(parts).encode(), hashlib.sha256).digest()[:10], "big")
mac = "".join(alphabet[mac >> s & 31] for s in range(75, -1, -5))
print("friends+bounces-%s%s-%s@example.org" % (digits, mac, who))
END
}

# post MEMBER...: a message to each, as the list sends it.
post()
{
	for who; do
		printf 'From: carla@example.org\nTo: friends@example.org\nSubject: lunch\n\nWho comes?\n' |
			sendmail -i -f "$(signed "$(echo "$who" | tr '[:upper:]' '[:lower:]')")" "$who"
	done
	settle
}

# Until the queue is empty: the message, the report about it, and what the list says to that.
settle()
{
	t_wait 10 sh -c "mta-relay --once >/dev/null 2>&1; test -z \"\$(mailq --json)\""
}

# pass DAYS: they pass for all that is in the file.
pass()
{
	python3 - "$L/bounces" "$1" <<'END'
import datetime, sys
form = "%Y-%m-%dT%H:%M:%SZ"
lines = [line.split(" ", 1) for line in open(sys.argv[1])]
with open(sys.argv[1], "w") as f:
    for when, rest in lines:
        then = datetime.datetime.strptime(when, form) - datetime.timedelta(days=int(sys.argv[2]))
        f.write(then.strftime(form) + " " + rest)
END
}

post Gone@dead.example ok@good.example
t_like "$(cat "$L/bounces")" 'Z bounce gone@dead.example 2 5\.1\.1 - 550 5\.1\.1 no such user$' 'what came back is counted'
t_is "$(wc -l <"$L/bounces")" 1 'for whom it came back, alone'
t_run listmgr bounces friends
t_like "$(cat "$T/out")" '^gone@dead.example: 1 of 2 since ....-..-..$' 'listmgr bounces shows the score'
t_like "$(cat "$T/out")" '^    ....-..-.. 5\.1\.1 550 5\.1\.1 no such user$' 'and the reason'
t_run listmgr bounces --json friends
t_is "$(python3 -c 'import json, sys
for line in sys.stdin:
    o = json.loads(line)
    print(o["address"], o["state"], o["halves"], o["status"], o["probed"])' <"$T/out")" \
	'gone@dead.example counting 2 5.1.1 None' 'as JSON, too'

# A refusal by policy is not the member's fault, however often.
post strict@strict.example
t_like "$(cat "$L/bounces")" 'Z bounce strict@strict.example 0 5\.7\.26 ' 'a refusal by DMARC is known'
for _ in 1 2 3; do
	pass 1
	post strict@strict.example
done
t_run listmgr bounces friends
t_like "$(cat "$T/out")" '^strict@strict.example: 0 of 2$' 'and counts nothing'
t_unlike "$(cat "$L/bounces")" ' probe ' 'nobody is probed for that'

# The second day is enough: the probe goes out, and comes back.
post Gone@dead.example
t_like "$(cat "$L/bounces")" ' probe gone@dead.example 1 ' 'at the limit a probe is sent'
t_like "$(cat "$L/bounces")" ' returned gone@dead.example 1 5\.1\.1 ' 'which comes back'
t_like "$(listmgr members friends)" '^Gone@dead.example paused ' 'so that he gets no more mail'
t_run listmgr bounces --run friends
t_is "$(grep -c ' probe ' "$L/bounces")" 1 'the next probe waits'
pass 7
t_expect_exit 0 listmgr tick
settle
t_is "$(grep -c ' probe ' "$L/bounces") $(listmgr members --addresses friends | grep -c Gone)" '2 0' \
	'the last probe that comes back is the end'
t_like "$(t_newest al)" '^Subject: friends: gone@dead.example was removed' 'which the owner is told'
t_like "$(cat "$L/log")" 'removed gone@dead.example: 2 probes came back, the last with 5.1.1$' 'and the log'

# One whose probe arrives: all is forgotten.
listmgr members --set paused friends ok@good.example
printf '%s %s ok@good.example 1 5.1.1 3 x\n' "$(date -u -d '9 days ago' +%Y-%m-%dT%H:%M:%SZ)" probe \
	"$(date -u -d '9 days ago' +%Y-%m-%dT%H:%M:%SZ)" returned >>"$L/bounces"
t_expect_exit 0 listmgr bounces --run friends
settle
t_like "$(cat "$T/good.said")" 'RCPT TO:<ok@good.example>' 'the next probe goes to who was paused'
pass 8
t_expect_exit 0 listmgr bounces --run friends
settle
t_unlike "$(listmgr members friends)" '^ok@good.example.* paused' 'it did not come back, so he gets mail again'
t_like "$(cat "$T/good.said")" '\. Subject: friends: you get mail again' 'and is told'

# Many send the same back: nobody's score rises.
listmgr config friends bounce_pause_percent=50 >/dev/null
post d1@dead.example d2@dead.example d3@dead.example d4@dead.example
t_like "$(cat "$L/bounces")" ' pause - 4 5\.1\.1 - -$' 'too many at once do not count'
t_run listmgr bounces friends
t_like "$(cat "$T/out")" '^d1@dead.example: 0 of 2$' 'for anybody'
t_like "$(t_newest al)" '4 of the 6 members' 'and the owner is told'
t_is "$(t_mail al | xargs grep -l 'many members sent' | wc -l)" 1 'once'

# Posts of the list itself: what comes back tells which post it was, and without VERP its envelope id is the proof.
count=$(wc -l <"$L/bounces")
say()
{
	printf 'From: al@example.org\nTo: friends@example.org\nMessage-ID: <%s@x>\nSubject: %s\n\nHello\n' "$1" "$1" |
		listmgr post --approved friends
	settle
}
listmgr config friends bounce_pause_percent=0 >/dev/null
say one
t_like "$(cat "$L/bounces")" 'Z bounce d2@dead.example 2 5\.1\.1 1 550 ' 'a bounce of a post tells its number'
listmgr config friends verp=no >/dev/null
say two
t_like "$(cat "$L/bounces")" 'Z bounce d3@dead.example 2 5\.1\.1 2 550 ' 'also without VERP'
t_like "$(cat "$L/bounces")" 'Z bounce strict@strict.example 0 5\.7\.26 2 550 ' 'for each whom the report is about'
t_is "$(($(wc -l <"$L/bounces") - count))" 10 'once each'
listmgr config friends verp=yes >/dev/null

# By hand.
t_expect_exit 0 listmgr bounces --report friends
settle
t_like "$(t_newest al)" '^d1@dead.example: 1 of 2 since' 'the owner has the report'
t_expect_exit 0 listmgr bounces --reset d1@dead.example friends
t_expect_exit 67 listmgr bounces --reset d1@dead.example friends
t_unlike "$(listmgr bounces friends)" '^d1@' 'what is forgiven is forgotten'
t_expect_exit 64 listmgr bounces --json --run friends
t_expect_exit 64 listmgr bounces

# What anybody can send to the plain address proves nothing.
before=$(cat "$L/bounces")
for sample in "$TOP"/tests/fuzz/corpus/dsn/*; do
	sed 's/al@example.net/d2@dead.example/g' "$sample" | sendmail -i -f '<>' friends+bounces@example.org
done
settle
t_is "$(cat "$L/bounces")" "$before" 'reports that prove nothing change nothing'
t_is "$(t_queue_count) $(find "$SPOOL/dead" -type f 2>/dev/null | wc -l)" '0 0' 'and are not answered'
t_done
