#!/bin/sh
# SPDX-License-Identifier: ISC
#
# debian.sh - the Debian package is built and installed, its units are looked at by systemd, and run by it: mail goes in
# by sendmail and by SMTP, and is fetched by IMAP and POP3. Only for use inside tests/support/peer: systemd is the first
# process of namespaces of its own, with a network of its own. `debian.sh boot` and `debian.sh trial` are its steps.
set -u
HERE=$(cd "${0%/*}" && pwd)
SELF=$HERE/debian.sh

# The first process there: the directories that a container's manager would mount, then systemd.
boot()
{
	umount -R /sys/fs/cgroup 2>/dev/null
	if ! mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null || [ ! -s /sys/fs/cgroup/cgroup.controllers ]; then
		umount /sys/fs/cgroup 2>/dev/null
		mount -t tmpfs tmpfs /sys/fs/cgroup && mkdir /sys/fs/cgroup/systemd &&
			mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd || exit 77
	fi
	mount -t tmpfs tmpfs /run && mkdir -p /run/lock || exit 77
	ip link set lo up
	container=lxc exec /lib/systemd/systemd --system --unit=letterbox-trial.service
}

# What systemd runs: the results are lines of /var/tmp/trial.
trial()
{
	. "$HERE/../support/lib.sh"
	PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin
	t_init
	t_is "$(systemctl is-active mta-relay.service smtpd-submit.socket | tr '\n' ' ')" 'active active ' 'what the package enables runs'
	t_is "$(systemctl is-active smtpd.socket imapd.socket pop3d.socket smtpd-submission.socket | sort -u)" inactive \
		'and takes no port'
	printf 'Subject: by a user\n\nx\n' | runuser -u ada -- /usr/sbin/sendmail ada
	t_wait 20 sh -c 'ls /home/ada/Maildir/new/* >/dev/null 2>&1'
	t_like "$(cat /home/ada/Maildir/new/*)" 'Subject: by a user' 'sendmail, the submission socket, the relay, a mailbox'
	systemctl start smtpd.socket imapd.socket pop3d.socket smtpd-submission.socket
	t_is "$(systemctl is-active smtpd.socket smtpd-submit.socket | tr '\n' ' ')" 'active inactive ' 'smtpd.socket takes the place of the other'
	t_talk - <<-'END'
		import imaplib, poplib, smtplib, time
		from dialogue import ok
		s = smtplib.SMTP("127.0.0.1", 25, timeout=30)
		s.sendmail("x@far.example", ["ada@localhost"], "Subject: by SMTP\r\n\r\ny\r\n")
		s.quit()
		s = smtplib.SMTP("127.0.0.1", 587, timeout=30)
		ok(s.ehlo()[0] == 250, "the submission service answers")
		s.quit()
		c = imaplib.IMAP4("127.0.0.1", timeout=30)
		c.login("ada", "ganz geheim")
		for _ in range(100):
		    n = int(c.select("INBOX")[1][0])
		    if n == 2:
		        break
		    time.sleep(0.2)
		ok(n == 2, "IMAP shows both", n)
		text = b"".join(p[1] for p in c.fetch("1:*", "(BODY.PEEK[])")[1] if isinstance(p, tuple))
		ok(all(w in text for w in (b"by SMTP", b"by a user")), "and what is in them", text)
		c.logout()
		p = poplib.POP3("127.0.0.1", 110, timeout=30)
		p.user("ada")
		p.pass_("ganz geheim")
		ok(p.stat()[0] == 2, "POP3 counts them")
		p.quit()
	END
	systemctl start smtpd-lmtp.socket
	t_talk - <<-'END'
		import glob, smtplib, time
		from dialogue import ok
		s = smtplib.LMTP("/run/letterbox-lmtp")
		refused = s.sendmail("x@far.example", ["ada@localhost"], "Subject: by LMTP\r\n\r\nz\r\n")
		ok(refused == {}, "LMTP takes what is for an account of the system", refused)
		s.quit()
		def arrived():
		    return any("Subject: by LMTP" in open(p).read() for p in glob.glob("/home/ada/Maildir/*/[0-9]*"))
		for _ in range(100):
		    if arrived():
		        break
		    time.sleep(0.2)
		ok(arrived(), "and the relay delivers it")
	END
	t_is "$(systemctl list-units --failed --plain --no-legend 'mta-*' 'smtpd*' 'imapd*' 'pop3d*')" '' 'no unit has failed'
	t_done
}

case ${1:-} in
boot) boot;;
trial) trial;;
esac

. "$HERE/../support/lib.sh"
t_init
mkdir "$T/tree"
tar -C "$TOP" --exclude='./build*' --exclude=./.git -cf - . | tar -C "$T/tree" -xf -
cp -r "$TOP/examples/debian" "$T/tree/debian"
(cd "$T/tree" && dpkg-buildpackage -b -us -uc -d) >"$T/build.log" 2>&1
t_is "$?" 0 'dpkg-buildpackage makes a package'
tail -n 3 "$T/build.log" | t_note
DEBIAN_FRONTEND=noninteractive dpkg --force-conflicts --force-overwrite --install "$T"/letterbox_*.deb >"$T/install.log" 2>&1
t_is "$?" 0 'it can be installed'
t_note <"$T/install.log"

for unit in "$TOP"/examples/systemd/*; do
	unit=${unit##*/}
	t_is "$(systemd-analyze verify --man=no "/lib/systemd/system/$unit" 2>&1 | grep "$unit")" '' "systemd finds nothing wrong with $unit"
	case $unit in
	*.service) systemd-analyze security --offline=true "/lib/systemd/system/$unit" 2>&1 | tail -n 1 | t_note;;
	esac
done
t_is "$(cd /etc/systemd/system && find . -name 'mta-*' -o -name 'smtpd*' -o -name 'imapd*' -o -name 'pop3d*' | sort | tr '\n' ' ')" \
	'./multi-user.target.wants/mta-relay.service ./sockets.target.wants/smtpd-submit.socket ' 'what is enabled takes no port'

useradd -m ada 2>/dev/null
echo 'ada:ganz geheim' | chpasswd
cat >/etc/systemd/system/letterbox-trial.service <<END
[Unit]
Requires=basic.target
After=basic.target mta-relay.service smtpd-submit.socket
Wants=mta-relay.service smtpd-submit.socket
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
Environment=TMPDIR=/var/tmp B=$B TOP=$TOP
StandardOutput=truncate:/var/tmp/trial
StandardError=inherit
TimeoutStartSec=120
ExecStart=$SELF trial
END
timeout -k 10 180 unshare --mount --pid --fork --kill-child --net --uts --ipc --cgroup --mount-proc "$SELF" boot \
	</dev/null >"$T/boot.log" 2>&1
if [ ! -s /var/tmp/trial ]; then
	t_skip 'systemd runs the units' 'it cannot be started in a namespace here'
	t_note <"$T/boot.log"
	t_done
fi
while IFS= read -r line; do
	case $line in
	'ok '*) t_ok "systemd: ${line#ok * - }";;
	'not ok '*) t_fail "systemd: ${line#not ok * - }";;
	*) t_note "$line";;
	esac
done </var/tmp/trial
t_done
