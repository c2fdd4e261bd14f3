#!/bin/sh
# SPDX-License-Identifier: ISC
#
# receive.sh postfix - messages of 4 KB over SMTP, until they are files in Maildirs; a connection for each. And what an
# idle connection costs.
# shellcheck disable=SC2119
. "${0%/*}/lib.sh"
. "${0%/*}/peers.sh"

PORT=$("$TOOLS/sink" --unused)
ours_conf
ours_smtpd || exit 1
postfix_start || exit 1
for user in 0 1 2 3; do
	for part in tmp new cur; do
		mkdir -p "$D/mail/user$user/$part"
	done
done
chown -R 65534:65534 "$D/mail"

# until_in DIR: --until for each user's new/
until_in()
{
	for user in 0 1 2 3; do
		printf ' --until %s/user%s/new' "$1" "$user"
	done
}

# one PORT DIR SESSIONS: delivered messages a second
one()
{
	# shellcheck disable=SC2046 # several words
	line=$("$TOOLS/blast" --port "$1" --sessions "$3" --messages "$messages" --recipients 4 $(until_in "$2"))
	[ "$(figure failed "$line")" = 0 ] || note "receive: $line"
	figure delivered_per_second "$line"
}

# per_connection PORT ERE: KiB that each of 50 idle connections adds
per_connection()
{
	sleep 0.2
	before=$(pss "$2")
	rm -f "$D/hold"
	mkfifo "$D/hold"
	"$TOOLS/blast" --port "$1" --sessions 50 --hold <"$D/hold" >"$D/held" &
	holder=$!
	exec 9>"$D/hold"
	wait_for 20 grep -q holding "$D/held"
	sleep 0.5
	after=$(pss "$2")
	exec 9>&-
	wait "$holder"
	echo $(((after - before) / 50))
}

# First, while no server has processes that wait for more.
ours=$(per_connection "$OURS_PORT" '/letterbox$')
row 'smtpd: memory of an idle connection' KiB lower "$ours" 150 limit 1
row 'smtpd: memory of an idle connection' KiB lower "$ours" "$(per_connection "$PORT" postfix)" postfix -

for sessions in 1 10 50; do
	messages=${QUICK:+500}
	messages=${messages:-1500}
	: >"$D/ours.rates"
	: >"$D/theirs.rates"
	for _ in $(seq "$ROUNDS"); do
		one "$OURS_PORT" "$D/ours" "$sessions" >>"$D/ours.rates"
		one "$PORT" "$D/mail" "$sessions" >>"$D/theirs.rates"
	done
	row "smtpd: 4 KB into a Maildir, $sessions sessions" /s higher "$(median <"$D/ours.rates")" \
		"$(median <"$D/theirs.rates")" postfix 2
done
