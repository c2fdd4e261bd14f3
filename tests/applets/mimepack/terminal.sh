#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Long work shows on a terminal how far it has come, and leaves nothing there; elsewhere it is silent.
. "${0%/*}/../../support/lib.sh"
t_init
cd "$T" || exit 1
head -c 100000 /dev/zero >file

# slowly OPTION...: with a terminal as standard error; a second attachment comes from a pipe, and takes its time.
slowly()
{
	python3 - "$@" <<-'END'
		import array, fcntl, os, pty, subprocess, sys, termios, time
		ours, its = pty.openpty()
		process = subprocess.Popen(["mimepack", "--no-text", "--attach", "file", "--attach", "-", "--type",
		    "application/x-slow", "--output", "message"] + sys.argv[1:], stdin=subprocess.PIPE, stderr=its)
		os.close(its)
		process.stdin.write(b"x" * 60000)
		process.stdin.flush()
		waiting, end = array.array("i", [1]), time.time() + 60
		while waiting[0] and time.time() < end:
		    time.sleep(0.01)
		    fcntl.ioctl(process.stdin, termios.FIONREAD, waiting)
		time.sleep(1.2)
		process.stdin.close()
		process.wait()
		shown = b""
		try:
		    while more := os.read(ours, 4096):
		        shown += more
		except OSError:
		    pass
		sys.stdout.buffer.write(shown)
	END
}

slowly >shown
t_like "$(tr '\r' '\n' <shown)" '^100% \[==============================\] 0\.1 of 0\.1 MB' 'it is shown after a second'
t_is "$(tail -c 4 shown | od -An -c | tr -s ' ')" ' \r 033 [ K' 'and gone at the end'
t_is "$(slowly --quiet | wc -c)" 0 '--quiet'
mimepack --no-text file --output message 2>shown
t_is "$(wc -c <shown)" 0 'nothing where there is no terminal'
t_done
