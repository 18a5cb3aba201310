/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A register's log and its lock, where somebody else can write, delete or wait; and paths below a
 * root that lead out of it, with openat2() and on a kernel that does not have it.
 */
#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/file.h"
#include "sys/logdir.h"
#include "tmptree.h"
#include "util/error.h"

#define LOG "/run/tsmmr/fake/mr0"

static struct tmptree tree;
static bool is_old_kernel;

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

/* Of as many arguments as openat2() has, which is the only one. */
long __wrap_syscall(long number, ...)
{
	long a[4];
	va_list ap;

	va_start(ap, number);
	for (size_t i = 0; i < N_OF(a); i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_openat2 && is_old_kernel) {
		errno = ENOSYS;
		return -1;
	}
	return __real_syscall(number, a[0], a[1], a[2], a[3]);
}

static int setup(void **state)
{
	is_old_kernel = false;
	tmp_new(&tree);
	return 0;
}

static int setup_old(void **state)
{
	setup(state);
	is_old_kernel = true;
	return 0;
}

static int teardown(void **state)
{
	tmp_done(&tree);
	return 0;
}

static int open_log(uint64_t wait_ms, struct logdir *ret, struct tsmmr_error *err)
{
	struct logdir_name name = { .root = tree.root,
				    .log_dir = logdir_default,
				    .provider = "fake",
				    .reg = "mr0",
				    .wait_ms = wait_ms };

	return logdir_open(&name, true, ret, err);
}

static void test_owner(void **state)
{
	static const char *const files[] = { LOG "/lock", LOG "/state", LOG "/event_log" };
	struct logdir d;

	assert_int_equal(open_log(1000, &d, NULL), 0);
	logdir_close(&d);
	for (size_t i = 0; i < N_OF(files); i++) {
		struct tsmmr_error err = ERROR_INIT;
		const char *path = tmp_path(&tree, files[i]);
		struct stat st;

		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(chmod(path, 0622), 0);
		assert_int_equal(open_log(1000, &d, &err), TSMMR_E_IO);
		assert_non_null(strstr(err.message, files[i]));
		assert_int_equal(err.os_errno, EPERM);
		assert_int_equal(chmod(path, st.st_mode & 0777), 0);
		if (geteuid() == 0) {
			assert_int_equal(chown(path, 65534, 65534), 0);
			assert_int_equal(open_log(1000, &d, &err), TSMMR_E_IO);
			assert_non_null(strstr(err.message, files[i]));
			assert_int_equal(chown(path, 0, 0), 0);
		}
		assert_int_equal(open_log(1000, &d, NULL), 0);
		logdir_close(&d);
	}
}

static void test_limit(void **state)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct tsmmr_error err = ERROR_INIT;
	struct logdir d, other;
	char says[32];
	int ready[2];
	pid_t pid;
	char c;

	assert_int_equal(open_log(1000, &d, NULL), 0);
	assert_int_equal(open_log(30, &other, &err), TSMMR_E_IO);
	assert_int_equal(err.os_errno, ETIMEDOUT);
	assert_non_null(strstr(err.message, LOG "/lock: another program holds the lock"));
	logdir_close(&d);

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		int fd = open(tmp_path(&tree, LOG "/lock"), O_RDWR | O_CLOEXEC);

		if (fcntl(fd, F_SETLK, &whole) < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(open_log(30, &other, &err), TSMMR_E_IO);
	assert_int_equal(err.os_errno, ETIMEDOUT);
	snprintf(says, sizeof(says), "process %ld holds", (long)pid);
	assert_non_null(strstr(err.message, says));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ready[0]);
	close(ready[1]);
	assert_int_equal(open_log(1000, &d, NULL), 0);
	logdir_close(&d);
}

struct waiter {
	uint64_t wait_ms;
	struct logdir dir;
	int r;
	bool done; /* atomic */
};

static void *wait_for_log(void *user)
{
	struct waiter *w = user;

	w->r = open_log(w->wait_ms, &w->dir, NULL);
	__atomic_store_n(&w->done, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Who waited for a lock that was deleted must not write beside who has the new one. */
static void test_deleted(void **state)
{
	static const uint64_t waits[] = { 20000, TSMMR_NONE };

	for (size_t i = 0; i < N_OF(waits); i++) {
		struct waiter w = { .wait_ms = waits[i] };
		struct logdir first, second;
		pthread_t thread;

		assert_int_equal(open_log(1000, &first, NULL), 0);
		assert_int_equal(pthread_create(&thread, NULL, wait_for_log, &w), 0);
		usleep(50000);
		assert_int_equal(unlink(tmp_path(&tree, LOG "/lock")), 0);
		assert_int_equal(open_log(1000, &second, NULL), 0);
		logdir_close(&first);
		usleep(100000);
		assert_false(__atomic_load_n(&w.done, __ATOMIC_ACQUIRE));
		logdir_close(&second);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_int_equal(w.r, 0);
		logdir_close(&w.dir);
	}
}

static bool is_empty(const struct tmptree *t, const char *name)
{
	/* A directory that holds anything cannot be removed. */
	return rmdir(tmp_path(t, name)) == 0;
}

/* A captured tree whose /run is a link must not have a log made elsewhere. */
static void test_logs_lead_out(void **state)
{
	static const char *const links[] = { "/run", "/run/tsmmr", "/run/tsmmr/fake" };
	struct tsmmr_error err = ERROR_INIT;
	struct tmptree other;
	struct logdir d;

	for (size_t i = 0; i < N_OF(links); i++) {
		tmp_new(&other);
		assert_int_equal(mkdir(tmp_path(&other, "/out"), 0755), 0);
		assert_int_equal(mkdir(tmp_path(&other, "/out/tsmmr"), 0755), 0);
		assert_int_equal(rmdir(tmp_path(&other, "/out/tsmmr")), 0);
		tmp_link(&tree, links[i], tmp_path(&other, "/out"));
		assert_int_equal(open_log(1000, &d, &err), TSMMR_E_IO);
		assert_true(is_empty(&other, "/out"));
		assert_int_equal(unlink(tmp_path(&tree, links[i])), 0);
		tmp_done(&other);
	}
}

static void test_links_inside(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct logdir d;

	assert_int_equal(mkdir(tmp_path(&tree, "/var"), 0755), 0);
	tmp_link(&tree, "/run", "/var");
	if (is_old_kernel) {
		assert_int_equal(open_log(1000, &d, &err), TSMMR_E_IO);
		return;
	}
	assert_int_equal(open_log(1000, &d, &err), 0);
	logdir_close(&d);
	assert_int_equal(access(tmp_path(&tree, "/var/tsmmr/fake/mr0/lock"), F_OK), 0);
}

static void test_files_lead_out(void **state)
{
	static const char *const links[] = { "/tmp", "/../../../../../../tmp", "../../../tmp" };
	char id[BOOT_ID_SIZE], to[128];
	struct tmptree other;

	tmp_new(&other);
	tmp_text(&other, "/sys/log", "secret\n");
	tmp_text(&other, "/proc/sys/kernel/random/boot_id", "abc\n");
	tmp_text(&other, "/sys/a:1", "");
	tmp_text(&other, "/sys/a:2", "");
	for (size_t i = 0; i < N_OF(links); i++) {
		snprintf(to, sizeof(to), "%s%s/sys", links[i], other.root + strlen("/tmp"));
		tmp_link(&tree, "/sys", to);
		assert_true(file_open(tree.root, "/sys/log", NULL) < 0);
		assert_true(logdir_has_banks(tree.root, "/sys/a", "a", NULL) <= 0);
		assert_int_equal(unlink(tmp_path(&tree, "/sys")), 0);
		tmp_link(&tree, "/sys/log", "../../../../../../../../proc/self/status");
		assert_true(file_open(tree.root, "/sys/log", NULL) < 0);
		assert_int_equal(unlink(tmp_path(&tree, "/sys/log")), 0);
		assert_int_equal(rmdir(tmp_path(&tree, "/sys")), 0);

		snprintf(to, sizeof(to), "%s%s/proc", links[i], other.root + strlen("/tmp"));
		tmp_link(&tree, "/proc", to);
		if (logdir_boot_id(tree.root, id, NULL) == 0)
			assert_string_equal(id, "");
		assert_int_equal(unlink(tmp_path(&tree, "/proc")), 0);
	}
	/* Not an assertion, nor a way up, where the kernel does not do it. */
	if (is_old_kernel)
		assert_true(file_open(tree.root, "/../etc/passwd", NULL) < 0);
	tmp_done(&other);
}

/* Whatever is no file is refused without being waited for, and a file is read as any other. */
static void test_no_file(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	int fd;

	assert_int_equal(mkfifo(tmp_path(&tree, "/sys/fifo"), 0644), 0);
	assert_int_equal(file_open(tree.root, "/sys/fifo", &err), TSMMR_E_IO);
	assert_non_null(strstr(err.message, "/sys/fifo: not a file"));
	assert_true(file_open_held(tree.root, "/sys/fifo", 10, &err) < 0);
	tmp_text(&tree, "/sys/file", "text");
	fd = file_open(tree.root, "/sys/file", &err);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	file_close(fd);
}

#define BOTH(test)                                              \
	cmocka_unit_test_setup_teardown(test, setup, teardown), \
		cmocka_unit_test_setup_teardown(test, setup_old, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_owner, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deleted, setup, teardown),
		BOTH(test_logs_lead_out),
		BOTH(test_links_inside),
		BOTH(test_files_lead_out),
		BOTH(test_no_file),
	};

	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
