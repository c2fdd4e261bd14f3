/* SPDX-License-Identifier: ISC */
/*
 * enclose - a process gives up for good what its work never needs.
 *
 * The list is of what is denied, not of what is allowed: a new libc may make the same calls in a new way, and
 * mail is not to stop for it.
 */
#include "base/enclose.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif
#if __has_include(<linux/seccomp.h>)
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#endif

/* ---- system calls ---- */

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED
#endif

#if defined(__x86_64__)
#define ENCLOSE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ENCLOSE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ENCLOSE_ARCH AUDIT_ARCH_RISCV64
#endif

#if defined(ENCLOSE_ARCH) && defined(SECCOMP_SET_MODE_FILTER)

/* x86_64 has a second set of numbers for its 32-bit cousin x32, which nothing here is built for. */
enum { X32 = 0x40000000 };

static const int denied[] = {
	/* first, as may_execute leaves them out */
	SYS_execve,
	SYS_execveat,
/* other processes; LeakSanitizer reads its own by them */
#ifndef SANITIZED
	SYS_ptrace,
#endif
	SYS_process_vm_readv,
	SYS_process_vm_writev,
#ifdef SYS_kcmp
	SYS_kcmp,
#endif
#ifdef SYS_pidfd_getfd
	SYS_pidfd_getfd,
#endif
	/* the tree of files */
	SYS_mount,
	SYS_umount2,
	SYS_pivot_root,
	SYS_chroot,
	SYS_open_by_handle_at,
#ifdef SYS_open_tree
	SYS_open_tree,
	SYS_move_mount,
	SYS_fsopen,
	SYS_fsconfig,
	SYS_fsmount,
	SYS_fspick,
#endif
#ifdef SYS_mount_setattr
	SYS_mount_setattr,
#endif
	/* namespaces */
	SYS_unshare,
	SYS_setns,
	SYS_sethostname,
	SYS_setdomainname,
	/* the kernel */
	SYS_init_module,
	SYS_finit_module,
	SYS_delete_module,
	SYS_bpf,
	SYS_perf_event_open,
	SYS_userfaultfd,
#ifdef SYS_kexec_load
	SYS_kexec_load,
#endif
#ifdef SYS_kexec_file_load
	SYS_kexec_file_load,
#endif
#ifdef SYS_io_uring_setup
	SYS_io_uring_setup,
	SYS_io_uring_enter,
	SYS_io_uring_register,
#endif
	SYS_syslog,
	/* keys */
	SYS_add_key,
	SYS_request_key,
	SYS_keyctl,
	/* the machine */
	SYS_reboot,
	SYS_swapon,
	SYS_swapoff,
	SYS_acct,
	SYS_settimeofday,
	SYS_clock_settime,
	SYS_clock_adjtime,
	SYS_adjtimex,
	SYS_quotactl,
	SYS_personality,
	SYS_vhangup,
#ifdef SYS_iopl
	SYS_iopl,
	SYS_ioperm,
#endif
};

enum { DENIED = sizeof(denied) / sizeof(denied[0]), EXECS = 2, AROUND = 6 };

/* A jump to `where` when the number is this one; offsets count the instructions that are skipped. */
static struct sock_filter jump_if(uint32_t number, size_t here, size_t where)
{
	return (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, (uint8_t)(where - here - 1), 0);
}

/* Another architecture's numbers mean other calls, so that one is denied as a whole. */
static int filter_calls(bool may_execute, struct fault *f)
{
	struct sock_filter code[DENIED + AROUND];
	size_t first = may_execute ? EXECS : 0, deny = 5 + DENIED - first, n = 0;
	struct sock_fprog program = { .filter = code };

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ENCLOSE_ARCH, 0, (uint8_t)(deny - 2));
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32, (uint8_t)(deny - 4), 0);
	for (size_t i = first; i < DENIED; i++, n++)
		code[n] = jump_if((uint32_t)denied[i], n, deny);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	program.len = (unsigned short)n;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 || errno == ENOSYS || errno == EINVAL)
		return 0;
	return fault_errno(f, "cannot filter system calls");
}

#else

static int filter_calls(bool may_execute, struct fault *f)
{
	(void)may_execute;
	(void)f;
	return 0;
}

#endif

/* ---- files ---- */

#if defined(LANDLOCK_CREATE_RULESET_VERSION) && defined(SYS_landlock_create_ruleset)

enum {
	ON_FILES = LANDLOCK_ACCESS_FS_WRITE_FILE,
	ON_DIRECTORIES = LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
			 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
			 LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
	REFER = 1 << 13, /* since version 2: links and renames between directories */
};

static int allow(int rules, int at, const char *path, uint64_t handled)
{
	struct landlock_path_beneath_attr below = {
		.allowed_access = handled & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE,
		.parent_fd = openat(at, path, O_PATH | O_CLOEXEC),
	};
	struct stat st;
	int rc;

	if (below.parent_fd < 0)
		return 0;
	if (fstat(below.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		below.allowed_access &= ON_FILES;
	rc = (int)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
	close(below.parent_fd);
	return rc;
}

/* Where no mailbox is: what is below / and none of these may be written. */
static bool is_system(const char *name)
{
	static const char *const names[] = { "bin",   "boot",	"dev",	"etc",	"lib", "lib32",
					     "lib64", "libx32", "proc", "sbin", "sys", "usr" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* getdents64(2), whose structure no header has. opendir(3) takes 32 KB, which each process of a server would keep. */
struct entry {
	uint64_t ino;
	int64_t next;
	uint16_t length;
	uint8_t type;
	char name[];
};

static int allow_entries(int rules, int root, uint64_t handled)
{
	_Alignas(struct entry) char entries[1024];
	long n;

	while ((n = syscall(SYS_getdents64, root, entries, sizeof(entries))) > 0)
		for (long at = 0; at < n;) {
			const struct entry *e = (const void *)(entries + at);

			at += e->length;
			if (e->name[0] != '.' && !is_system(e->name) && allow(rules, root, e->name, handled) < 0)
				return -1;
		}
	return (int)n;
}

static int allow_most(int rules, uint64_t handled)
{
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (root < 0)
		return -1;
	/* /dev is the system's, but this in it is where quick files are. */
	rc = allow(rules, AT_FDCWD, "/dev/shm", handled);
	if (rc == 0)
		rc = allow_entries(rules, root, handled);
	close(root);
	return rc;
}

static int add_rules(int rules, const struct enclosure *e, uint64_t handled)
{
	int rc = allow(rules, AT_FDCWD, "/dev/null", handled);

	if (rc == 0 && e->write)
		rc = allow(rules, AT_FDCWD, e->write, handled);
	return rc == 0 && e->writes_mailboxes ? allow_most(rules, handled) : rc;
}

static int wall_files(const struct enclosure *e, struct fault *f)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr attr = { .handled_access_fs = ON_FILES | ON_DIRECTORIES };
	int rules, rc;

	/* The first version cannot allow a link from one directory to another, which delivery makes. */
	if (version < 2)
		return 0;
	attr.handled_access_fs |= REFER;
	if (!e->may_execute)
		attr.handled_access_fs |= LANDLOCK_ACCESS_FS_EXECUTE;
	rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
	if (rules < 0)
		return fault_errno(f, "cannot make Landlock rules");
	rc = add_rules(rules, e, attr.handled_access_fs);
	if (rc == 0)
		rc = (int)syscall(SYS_landlock_restrict_self, rules, 0);
	if (rc < 0)
		fault_errno(f, "cannot enclose the process by Landlock");
	close(rules);
	return rc;
}

#else

static int wall_files(const struct enclosure *e, struct fault *f)
{
	(void)e;
	(void)f;
	return 0;
}

#endif

int enclose(const struct enclosure *e, struct fault *f)
{
	/* Without it neither of the others is to be had by who is not root. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return errno == EINVAL ? 0 : fault_errno(f, "cannot give up new privileges");
	return wall_files(e, f) < 0 ? -1 : filter_calls(e->may_execute, f);
}
