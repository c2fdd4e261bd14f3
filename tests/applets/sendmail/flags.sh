#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The options themselves: clusters, arguments, what is ignored and what refused.
. "${0%/*}/../../support/lib.sh"
t_init
t_conf delivery_mode=queue
printf 'Subject: x\n\nhello\n' >"$T/message"

# sender OPTION...: what the options make the envelope sender
sender()
{
	t_run sendmail "$@" al <"$T/message"
	t_newest al | sed -n '1s/^Return-Path: //p'
}

t_is "$(sender -f bo)" '<bo@test.example>' '-f bo'
t_is "$(sender -fbo)" '<bo@test.example>' '-fbo'
t_is "$(sender -r bo@x.example)" '<bo@x.example>' '-r'
t_is "$(sender -f '')" '<>' '-f with an empty argument is the null sender'
t_is "$(sender -f '<>')" '<>' '-f <>'
t_is "$(sender -f '<bo@x.example>')" '<bo@x.example>' '-f in angle brackets'
t_is "$(sender -f 'Bo <bo@x.example>')" '<bo@x.example>' '-f with a display name'
t_is "$(sender -f bo -f carla)" '<carla@test.example>' 'of two -f the last counts'
t_is "$(sender -oiem -odi -f bo)" '<bo@test.example>' '-oiem is -oi'
t_is "$(sender -tif bo)" '<bo@test.example>' 'a cluster with an argument at its end'
t_is "$(LOGNAME=evil USER=evil sender -i)" "<$(id -un)@test.example>" 'LOGNAME and USER do not say who it is'

for option in -oem -oee -oep -oeq -oew -odb -odi -odq -odd -om -o7 -o8 -G -U -m -n -c -em -h5 '-L tag' '-A c' '-p ESMTP:vm' \
	'-B 8BITMIME' '-B 7bit' '-d0.1' '-O DeliveryMode=b' '-ODeliveryMode=q' '-Orequiretls=yes' -x -bm '-N never' \
	'-N success,failure,delay' '-R hdrs' '-R FULL' '-V abc'; do
	# shellcheck disable=SC2086 # two words are two
	t_expect_exit 0 sendmail $option -i al <"$T/message"
done

before=$(t_mail_count al)
for option in -Z --nonsense -bz -B9BIT '-N sometimes' '-N never,success' '-R body' '-N' '--wait=never' '--timeout=x' --json '--json -bv'; do
	# shellcheck disable=SC2086
	t_expect_exit 64 sendmail $option al <"$T/message"
done
t_run sendmail -iZ al <"$T/message"
t_like "$(cat "$T/err")" '^sendmail: unknown option.*Z' 'an unknown option is named'

for option in "-X $T/log" "-X$T/log" "-C $T/conf" "-C$T/conf" -C "-DX=y" -be "-bf $T/filter" "-oQ$T/q" "-oA$T/a" \
	"-oX$T/x" "-oP$T/p" "-O QueueDirectory=$T/q" "-OAliasFile=$T/a" "-O PidFile=$T/p"; do
	# shellcheck disable=SC2086
	t_expect_exit 64 sendmail $option al <"$T/message"
	t_like "$(cat "$T/err")" 'is refused' "$option is refused"
done
t_is "$(ls -d "$T/log" "$T/q" "$T/x" "$T/p" 2>/dev/null)" '' 'none of them wrote a file'
t_is "$(t_mail_count al)" "$before" 'nothing was sent with them'

t_expect_exit 65 sendmail -V "$(printf '%0101d' 0)" al <"$T/message"
t_expect_exit 0 sendmail -- al <"$T/message"
t_expect_exit 67 sendmail -- -t <"$T/message"
t_expect_exit 0 sendmail --help </dev/null
t_like "$(cat "$T/out")" '^  -f ADDRESS' '--help lists the options'
t_run sendmail --version </dev/null
t_is "$(cat "$T/out")" "letterbox $(cat "$TOP/VERSION")" '--version'

# DSN parameters are in the queue file.
t_run sendmail -i -N success,delay -R hdrs -V 'QQ=1' x@far.example <"$T/message"
t_like "$(cat "$SPOOL"/new/*)" '^rcpt Q notify=success,delay <x@far\.example>' '-N is in the envelope'
t_like "$(cat "$SPOOL"/new/*)" '^ret hdrs' '-R is in the envelope'
t_like "$(cat "$SPOOL"/new/*)" '^envid QQ\+3D1' '-V is in the envelope'
t_done
