/* SPDX-License-Identifier: ISC */
/*
 * provider - provider.py, started by a unit test.
 */
#include "support/provider.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/module.h"
#include "base/proc.h"
#include "support/check_main.h"
#include "support/tempdir.h"

bool provider_has_curl(void)
{
	return module_open("curl", NULL) != NULL;
}

static const char make_certificates[] =
	"set -e; cd web\n"
	"key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'\n"
	"for ca in good other; do openssl req -x509 $key -subj /CN=$ca -keyout $ca.key -out $ca.crt; done\n"
	"openssl req -new $key -subj /CN=web -keyout web.key -out web.csr\n"
	"echo subjectAltName=DNS:$NAME >ext\n"
	"openssl x509 -req -in web.csr -CA good.crt -CAkey good.key -days 2 -set_serial 7 -extfile ext -out web.crt\n"
	"cat web.key web.crt >web.pem\n";

static void certify(const char *name)
{
	char variable[300];
	const char *env[] = { "PATH=/usr/local/bin:/usr/bin:/bin", variable, NULL };
	struct proc_command c = {
		.shell = make_certificates, .env = env, .dir = tempdir(), .input = -1, .time_limit = 20
	};
	struct buf output;
	int status;

	snprintf(variable, sizeof(variable), "NAME=%s", name);
	buf_init(&output, 4096);
	ck_assert_int_eq(proc_run(&c, &output, &status, NULL), 0);
	ck_assert_msg(status == 0, "%s", buf_str(&output));
	buf_clear(&output);
}

static void __attribute__((noreturn)) become_web(int out, const char *directory)
{
	char cert[300], said[300];

	snprintf(cert, sizeof(cert), "%s/web.pem", directory);
	snprintf(said, sizeof(said), "%s/said", directory);
	/* A test that fails does not come to its end. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	dup2(out, STDOUT_FILENO);
	execlp("python3", "python3", "tests/support/provider.py", "https", "--cert", cert, "--dir", directory, "--log",
	       said, (char *)NULL);
	_exit(127);
}

void provider_start_web(struct provider *p, const char *name)
{
	FILE *out;
	int ends[2];

	tempdir_write("web/said", "", 0644);
	p->directory = tempdir_path("web");
	p->ca_file = tempdir_path("web/good.crt");
	certify(name);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	p->pid = fork();
	if (p->pid == 0)
		become_web(ends[1], p->directory);
	close(ends[1]);
	out = fdopen(ends[0], "r");
	ck_assert_msg(fscanf(out, "listening on 127.0.0.1:%d", &p->port) == 1,
		      "tests/support/provider.py does not run");
	fclose(out);
}

void provider_page(const struct provider *p, const char *name, const char *head, const char *body)
{
	char path[300];

	(void)p;
	snprintf(path, sizeof(path), "web/%s", name);
	tempdir_write(path, body, 0644);
	snprintf(path, sizeof(path), "web/%s.head", name);
	tempdir_write(path, head, 0644);
}

int provider_requests(const struct provider *p)
{
	char path[300];
	FILE *said;
	int n = 0, c;

	snprintf(path, sizeof(path), "%s/said", p->directory);
	said = fopen(path, "r");
	while (said && (c = getc(said)) != EOF)
		n += c == '\n';
	if (said)
		fclose(said);
	return n;
}

void provider_end(struct provider *p)
{
	kill(p->pid, SIGTERM);
	waitpid(p->pid, NULL, 0);
}
