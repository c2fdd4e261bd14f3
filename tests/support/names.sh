# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# names.sh - a real name server for scripts, behind lib.sh: dnsmasq on 127.0.0.1 as an ordinary user.
#
#	names_start --mx-host=far.example,mail.far.example,5 --host-record=mail.far.example,127.0.0.1
#
# It knows what the options say and that nothing else exists below .example and .invalid; all other names it
# refuses. Its address is in NAMES ("127.0.0.1:PORT"), its pid in NAMES_PID.

names_start()
{
	PATH=$PATH:/usr/sbin
	# shellcheck disable=SC2034 # a counter
	for names_try in 1 2 3 4 5; do
		NAMES=127.0.0.1:$(t_unused_port)
		t_start names dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --log-facility=- \
			--listen-address=127.0.0.1 --bind-interfaces --port="${NAMES##*:}" --user="$(id -un)" --pid-file= \
			--local=/example/ --local=/invalid/ "$@"
		# shellcheck disable=SC2154 # t_start sets it
		NAMES_PID=$t_pid
		t_wait 5 grep -Eq 'started|failed' "$T/names.log"
		grep -q started "$T/names.log" && return
		t_stop "$NAMES_PID"
	done
	t_fail 'a name server can be started'
	t_note <"$T/names.log"
	t_done
}
