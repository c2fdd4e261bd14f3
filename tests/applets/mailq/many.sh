#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A queue that a day without a network has filled.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf delivery_mode=queue
N=1500
sendmail -f al x@far.example </dev/null
first=$(ls "$SPOOL/new")
mv "$SPOOL/new/$first" "$SPOOL/deferred/$first"
# Ids are a time and chance; whatever sorts will do.
i=1
while [ $i -lt $N ]; do
	cp "$SPOOL/deferred/$first" "$SPOOL/deferred/$(printf '%s%04d' "${first%????}" $i)"
	i=$((i + 1))
done
t_run mailq
t_is "$(tail -n 1 "$T/out" | sed 's/.* in //')" "$N requests." 'all are listed'
t_is "$(grep '^[0-9A-Z]\{16\} ' "$T/out" | sort -c 2>&1)" '' 'in the order of their ids'
# shellcheck disable=SC3045 # dash and bash have it
if (ulimit -v 30000; exec mailq --version) >"$T/out" 2>&1; then
	(ulimit -v 30000; exec mailq --json) >"$T/out" 2>"$T/err"
	t_is "$(grep -c . "$T/out")" "$N" 'in little memory'
else
	t_skip 'this build needs more memory than that to start'
fi
t_expect_exit 0 mailq --hold --sender '*'
t_is "$(ls "$SPOOL/hold" | wc -l | tr -d ' ')" "$N" 'all are held'
t_expect_exit 0 mailq --delete --sender '*'
t_is "$(t_queue_count)" 0 'all are deleted'
t_done
