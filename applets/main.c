/* SPDX-License-Identifier: ISC */
/*
 * main - from argv[0] or the first argument to an applet, with the process in a
 * known state. See applet.h.
 */
#include "applet.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/names.h"

#define APPLET(name) extern const struct applet applet_##name;
#include "applets.def"
#undef APPLET

#define APPLET(name) &applet_##name,
const struct applet *const applets[] = {
#include "applets.def"
	NULL,
};

static void set_up_process(void)
{
	static const struct {
		int number;
		void (*action)(int);
	} signals[] = {
		{ SIGPIPE, SIG_IGN },
		{ SIGXFSZ, SIG_IGN },
		{ SIGCHLD, SIG_DFL },
		{ SIGALRM, SIG_DFL },
	};
	sigset_t none;

	/* A spool file that became descriptor 2 would collect error messages. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			_exit(EX_OSERR);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i].number, &(struct sigaction){ .sa_handler = signals[i].action }, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int main(int argc, char **argv)
{
	int code;

	set_up_process();
	names_init();
	code = applet_run(argc, argv);
	if ((fflush(stdout) != 0 || ferror(stdout)) && code == EX_OK) {
		if (errno != EPIPE)
			perror("letterbox: cannot write to standard output");
		code = EX_IOERR;
	}
	return code;
}
