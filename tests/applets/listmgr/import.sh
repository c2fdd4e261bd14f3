#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Lists of mlmmj, Mailman 2, Mailman 3 and majordomo, and tables, become ours; and what is exported.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf myorigin=example.org mydestination=example.org,lists.example.org
L=$SPOOL/lists
here=$(cd "$(dirname "$0")" && pwd)

# members LIST: without the day on which they came.
members()
{
	listmgr members "$1" | sed 's/ since=....-..-..//'
}

# What mlmmj-make-ml and mlmmj-sub have made.
m=$T/mlmmj/friends
mkdir -p "$m/control" "$m/subscribers.d" "$m/digesters.d" "$m/nomailsubs.d" "$m/text" "$m/archive"
echo friends@lists.example.org >"$m/control/listaddress"
printf 'boss@example.net\nsecond@example.net\n' >"$m/control/owner"
echo mo@example.net >"$m/control/moderators"
echo '[friends]' >"$m/control/prefix"
echo 200000 >"$m/control/maxmailsize"
echo 86400 >"$m/control/digestinterval"
printf 'List-Id: <friends.lists.example.org>\nX-Loop: friends $1\nReply-To: friends@lists.example.org\n' >"$m/control/customheaders"
printf 'X-Mailer:\nDKIM-Signature:\n' >"$m/control/delheaders"
printf -- '-- \nThe brewery\n' >"$m/control/footer"
: >"$m/control/subonlypost"
: >"$m/control/moderated"
: >"$m/control/tocc"
: >"$m/control/noarchive"
echo 'allow' >"$m/control/access"
echo 127.0.0.1 >"$m/control/relayhost"
printf 'al@example.net\nAnna@example.net\n' >"$m/subscribers.d/a"
echo bo@example.net >"$m/subscribers.d/b"
echo dora@example.net >"$m/digesters.d/d"
printf 'nora@example.net\nno address\n' >"$m/nomailsubs.d/n"
echo x >"$m/text/sub-ok"
: >"$m/archive/1"

t_expect_exit 0 listmgr import -n friends@lists.example.org "$m"
t_like "$(cat "$T/out")" '^posting=moderated$' 'what would be taken over can be seen'
t_is "$(ls "$L" 2>/dev/null)" '' 'before anything is'
t_expect_exit 0 listmgr import friends@lists.example.org "$m"
t_is "$(members friends@lists.example.org)" 'al@example.net
Anna@example.net
bo@example.net
dora@example.net digest
nora@example.net nomail' 'members of mlmmj come with how they get mail'
listmgr config -n friends@lists.example.org | grep -v '^#' >"$T/config"
cat >"$T/want" <<'END'
address = friends@lists.example.org
posting = moderated
addressed_only = no
max_message_size = 200000
subject_prefix = [friends]
reply_to = list
footer = auto
remove_headers = X-Mailer, DKIM-Signature
add_headers = X-Loop: friends $$1
archive = no
digest = daily
END
t_same "$T/config" "$T/want" 'and so do its parameters'
t_is "$(cat "$L/friends@lists.example.org/owners" "$L/friends@lists.example.org/moderators" \
	"$L/friends@lists.example.org/texts/footer")" 'boss@example.net
second@example.net
mo@example.net
-- 
The brewery' 'its owners, moderators and footer'
for what in control/access control/relayhost text/ archive 'no address'; do
	t_like "$(cat "$T/err")" "^listmgr: .*$what" "that $what is left out is told"
done
t_expect_exit 0 listmgr import friends@lists.example.org "$m"
t_like "$(cat "$T/out")" '^5 members, of whom 0 were not there' 'to import twice changes nothing'

# Mailman 2.
t_expect_exit 0 listmgr import mm2 "$here/config.pck"
t_is "$(members mm2)" 'al@example.net nodupes name="Al Green"
Bo@Example.NET notmetoo hidden
carla@example.net nomail moderated
dan@example.net paused
eve@example.net digest plain name="Jö Eve"' 'members of Mailman 2 come with their options'
listmgr config -n mm2 | grep -v '^#' | sort >"$T/config"
sort >"$T/want" <<'END'
address = mm2@example.org
description = Friends of the brewery, $$5 a year
language = de
posting = members
subscription = moderated
member_visibility = members
addressed_only = yes
max_message_size = 40k
max_recipients_in_header = 12
subject_prefix = [Friends]
reply_to = list
footer = auto
strip_types = application/x-msdownload
plain_text_only = yes
list_headers = yes
dmarc = munge
topics = beer
archive = yes
archive_access = members
digest = daily
digest_form = plain
digest_max_size = 30k
bounce_score_limit = 5
bounce_score_days = 7
remove_after = 3
welcome = yes
goodbye = no
END
t_same "$T/config" "$T/want" 'and so do its parameters'
t_is "$(cat "$L/mm2/posters")" 'office@example.net allow
spam@example.net deny' 'and who may post, or not'
t_is "$(cat "$L/mm2/texts/footer")" '_____
Friends mailing list
Friends@lists.example.org' 'Mailman fills in names: so do we'
for what in 'pattern.*partner' 'members of.*@others' ban_list convert_html 'topics: the pattern' 'the list.s address was'; do
	t_like "$(cat "$T/err")" "^listmgr: .*$what" "that $what is left out is told"
done
t_unlike "$(cat "$T/err" "$L/mm2/config")" '3da541559918a808|secret' 'passwords are not taken over'
cat >"$T/config.txt" <<'END'
# -*- python -*-
# -*- coding: utf-8 -*-
real_name = 'Ann'
# multi-line
owner = ['ann@example.net']
description = "What's new"
msg_footer = """one
two
"""
generic_nonmember_action = 2
subscribe_policy = 0
max_message_size = 0
subject_prefix = '[Ann %05d] '
END
printf '%s\n' 'Al Green <al@example.net>' bo@example.net >"$T/members.txt"
t_expect_exit 0 listmgr import ann "$T/config.txt" "$T/members.txt"
t_is "$(members ann)" 'al@example.net name="Al Green"
bo@example.net' 'config_list and list_members come together'
t_is "$(listmgr config -h ann description posting subscription max_message_size)" "What's new
members
open
0" 'as Python wrote it'
t_like "$(cat "$T/err")" 'subject_prefix .*%05d' 'but for what has no equivalent'

# Mailman 3.
cat >"$T/config.json" <<'END'
{"acceptable_aliases": [], "admin_notify_mchanges": true, "allow_list_posts": true, "anonymous_list": true,
 "archive_policy": "private", "default_nonmember_action": "accept", "description": "K\u00f6lsch \ud83c\udf7a",
 "dmarc_mitigate_action": "wrap_message", "dmarc_mitigate_unconditionally": true, "fqdn_listname": "koelsch@example.org",
 "max_message_size": 40.0, "max_num_recipients": 10, "subject_prefix": "[k] ", "subscription_policy": "confirm_then_moderate",
 "reply_goes_to_list": "point_to_list", "digests_enabled": true, "http_etag": "\"x\""}
END
cat >"$T/members.json" <<'END'
{"entries": [{"address": "http://localhost:9001/3.1/addresses/al%40example.net", "delivery_mode": "regular",
 "display_name": "Al \"A\" Green", "email": "al@example.net", "list_id": "koelsch.example.org", "role": "member"},
 {"delivery_mode": "mime_digests", "email": "bo@example.net", "role": "member", "moderation_action": "hold"},
 {"delivery_mode": "regular", "delivery_status": "by_bounces", "email": "carla@example.net", "role": "member"},
 {"email": "boss@example.net", "role": "owner"}, {"email": "who@example.net", "role": "nonmember"}],
 "start": 0, "total_size": 5}
END
t_expect_exit 0 listmgr import koelsch "$T/config.json" "$T/members.json"
t_is "$(members koelsch)" "al@example.net name=\"Al 'A' Green\"
bo@example.net digest moderated
carla@example.net paused" 'members of Mailman 3'
t_is "$(listmgr config -h koelsch description posting subscription reply_to dmarc dmarc_when)" "Kölsch 🍺
open
moderated
list
wrap
always" 'and its parameters'
t_like "$(cat "$T/err")" '^listmgr: anonymous_list has no equivalent' 'anonymous_list is told'
printf '{"entries": [{]}' >"$T/bad.json"
t_expect_exit 65 listmgr import koelsch "$T/bad.json"

# Majordomo.
mkdir "$T/majordomo"
printf 'al@example.net (Al Green)\nbo@example.net\n' >"$T/majordomo/hops"
echo 'About hops.' >"$T/majordomo/hops.info"
cat >"$T/majordomo/hops.config" <<'CONFIG'
# The configuration file for a majordomo mailing list.
	# admin_passwd         [word] (majordomo) <hops.admin>
admin_passwd        =   hops.admin
description         =   Hops and $LIST
maxlength           =   40000
message_footer      <<  END
--
-
END
moderate            =   no
moderator           =   mo@example.net
reply_to            =   $LIST@example.org
restrict_post       =   hops hops-friends
subject_prefix      =   [$LIST]
subscribe_policy    =   closed+confirm
taboo_body          <<  END
/viagra/i
END
who_access          =   list
CONFIG
t_expect_exit 0 listmgr import hops "$T/majordomo/hops"
t_is "$(members hops)" 'al@example.net
bo@example.net' 'members of majordomo'
t_is "$(listmgr config -h hops description posting subscription member_visibility max_message_size subject_prefix reply_to)" \
	'Hops and hops
members
moderated
members
40000
[hops]
list' 'and its parameters'
t_is "$(cat "$L/hops/texts/info")" 'About hops.' 'and its texts'
t_like "$(cat "$T/err")" '^listmgr: taboo_body has no equivalent' 'taboo_body is told'
t_like "$(cat "$T/err")" '^listmgr: restrict_post: .*hops-friends' 'as are other files of posters'
t_unlike "$(cat "$T/err")" 'hops.admin' 'and not the password'

# Tables, there and back.
printf '"Email";"Display name";Digest\r\n"al@example.net";"Green; ""Al""";yes\r\nbo@example.net;;no\r\n' >"$T/table.csv"
t_expect_exit 0 listmgr import table "$T/table.csv"
t_is "$(members table)" "al@example.net digest name=\"Green; 'Al'\"
bo@example.net" 'a table of a spreadsheet'
listmgr export --csv table >"$T/again.csv"
t_is "$(sed 's/....-..-../DAY/' "$T/again.csv")" "email,name,options,since,topics
\"al@example.net\",\"Green; 'Al'\",\"digest\",DAY,\"\"
\"bo@example.net\",\"\",\"\",DAY,\"\"" 'is written as one'
t_expect_exit 0 listmgr import again "$T/again.csv"
t_is "$(members again)" "$(members table)" 'and comes back'
t_is "$(listmgr export ann)" 'Al Green <al@example.net>
bo@example.net' 'export writes what others read'
t_is "$(listmgr export --json ann | python3 -c 'import json, sys; d = json.load(sys.stdin)
print(d["name"], d["config"]["posting"], [m["email"] for m in d["members"]], d["owners"][0]["email"])')" \
	"ann members ['al@example.net', 'bo@example.net'] ann@example.net" 'or everything as JSON'

t_expect_exit 66 listmgr import none "$T/nothing"
t_expect_exit 64 listmgr import --from smartlist none "$T/table.csv"
printf '\200\002cos\nsystem\n(S"touch %s"\ntR.' "$T/owned" >"$T/evil.pck"
t_expect_exit 65 listmgr import none "$T/evil.pck"
[ ! -e "$T/owned" ]
t_is $? 0 'a pickle runs nothing'
t_done
