/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many files an append opens, and that a directory which a tree keeps open is only used
 * where its path still leads to it.
 */
#include "fault.h"
#include "symbols.h"

#include <dirent.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#define OPENS_MAX 7 /* lock, state, log, boot id; the register before, extended, after */

static int opens;

#define SYM_OPEN LFS(open)
#define SYM_OPENAT LFS(openat)

int REAL(SYM_OPEN)(const char *path, int flags, ...);
int WRAPPED(SYM_OPEN)(const char *path, int flags, mode_t mode);
int WRAPPED(SYM_OPEN)(const char *path, int flags, mode_t mode)
{
	opens++;
	return REAL(SYM_OPEN)(path, flags, mode);
}

int REAL(SYM_OPENAT)(int fd, const char *path, int flags, ...);
int WRAPPED(SYM_OPENAT)(int fd, const char *path, int flags, mode_t mode);
int WRAPPED(SYM_OPENAT)(int fd, const char *path, int flags, mode_t mode)
{
	opens++;
	return REAL(SYM_OPENAT)(fd, path, flags, mode);
}

DIR *REAL(opendir)(const char *path);
DIR *WRAPPED(opendir)(const char *path);
DIR *WRAPPED(opendir)(const char *path)
{
	opens++;
	return REAL(opendir)(path);
}

long REAL(syscall)(long number, ...);
long WRAPPED(syscall)(long number, long a, long b, long c, long d, long e, long f);
long WRAPPED(syscall)(long number, long a, long b, long c, long d, long e, long f)
{
	opens += number == SYS_openat2;
	return REAL(syscall)(number, a, b, c, d, e, f);
}

static int count_opens(struct machine *m, const char *record)
{
	opens = 0;
	append_clean(m, record, NULL);
	return opens;
}

static int count_here(struct machine *m, const char *record)
{
	char *log = read_log(m);
	int n = count_in(log, record);

	free(log);
	return n;
}

static void refuse(struct machine *m, const char *what, const char *says)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	uint8_t before[SIZE], after[SIZE];
	int r;

	read_register(m, before);
	r = append(m, "refused", NULL, &err);
	if (r != TSMMR_E_IO || !strstr(err.message, says))
		die("%s: %d: %s", what, r, r < 0 ? err.message : "done");
	read_register(m, after);
	if (memcmp(before, after, SIZE) != 0)
		die("%s: the register was extended", what);
	printf("%s: %s\n", what, err.message);
}

static void test_count(struct machine *m)
{
	int first = count_opens(m, "first"), second = count_opens(m, "second");

	printf("opened for the first record: %d, for the second: %d\n", first, second);
	if (second > OPENS_MAX)
		die("%d files opened for one record", second);
}

static void move(const char *from, const char *to)
{
	if (rename(from, to) < 0)
		die("%s: %s", from, strerror(errno));
}

/* Each part of LOG_DIR/PROVIDER/REGISTER moves away: the next record is in a new one. */
static void test_moved(struct machine *m, const char *part)
{
	char path[512], moved[600], newer[600], before[64], between[64], after[64];

	below_root(m, part, path, sizeof(path));
	snprintf(moved, sizeof(moved), "%s.moved", path);
	snprintf(newer, sizeof(newer), "%s.newer", path);
	snprintf(before, sizeof(before), "before %s moved", part);
	snprintf(between, sizeof(between), "after %s moved", part);
	snprintf(after, sizeof(after), "after %s is back", part);

	append_clean(m, before, NULL);
	move(path, moved);
	append_clean(m, between, NULL);
	if (count_here(m, between) != 1 || count_here(m, before))
		die("%s moved, and the record went with it", part);
	move(path, newer);
	move(moved, path);
	append_clean(m, after, NULL);
	if (count_here(m, before) != 1 || count_here(m, after) != 1 || count_here(m, between))
		die("%s is back, and the record went elsewhere", part);
	printf("%s moved away and back: the record is where the path leads\n", part);
}

/* A link where a directory was, though it leads to the same directory. */
static void test_link(struct machine *m, const char *part)
{
	char path[512], moved[600];

	below_root(m, part, path, sizeof(path));
	snprintf(moved, sizeof(moved), "%s.real", path);
	append_clean(m, "before the link", NULL);
	move(path, moved);
	if (symlink(moved, path) < 0)
		die("%s: %s", path, strerror(errno));
	refuse(m, part, "Not a directory");
	if (unlink(path) < 0)
		die("%s: %s", path, strerror(errno));
	move(moved, path);
	append_clean(m, "after the link", NULL);
}

static void test_mode(struct machine *m, const char *part)
{
	char path[512];

	below_root(m, part, path, sizeof(path));
	append_clean(m, "before the mode", NULL);
	if (chmod(path, 0777) < 0)
		die("%s: %s", path, strerror(errno));
	refuse(m, part, "others can write");
	if (chmod(path, 0755) < 0)
		die("%s: %s", path, strerror(errno));
	append_clean(m, "after the mode", NULL);
}

/* The register's directory is another's now, and then it is itself again. */
static void test_mounted_over(struct machine *m)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	char path[512];
	int r;

	below_root(m, "/sys/devices/virtual", path, sizeof(path));
	append_clean(m, "before the mount", NULL);
	if (mount("tmpfs", path, "tmpfs", 0, "") < 0) {
		printf("skipped: nothing can be mounted: %s\n", strerror(errno));
		return;
	}
	r = append(m, "refused", NULL, &err);
	umount2(path, MNT_DETACH);
	if (r != TSMMR_E_IO || !strstr(err.message, "No such file"))
		die("mounted over: %d: %s", r, r < 0 ? err.message : "done");
	printf("mounted over: %s\n", err.message);
	append_clean(m, "after the mount", NULL);
}

/* A tree from elsewhere, whose registers' directory became a link: refused as at the first time. */
static void test_registers_link(struct machine *m)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	static const char dir[] = "/copy/sys/devices/virtual/misc/copy/measurements";
	struct tree_scan scan = { 0 };
	uint8_t value[SIZE] = { 0 };
	char path[600], moved[700], root[512];
	int fd;

	below_root(m, "/copy", root, sizeof(root));
	for (const char *p = dir + 1; p; p = strchr(p, '/') ? strchr(p, '/') + 1 : NULL) {
		const char *end = strchr(p, '/') ? strchr(p, '/') : dir + strlen(dir);

		snprintf(path, sizeof(path), "%s%.*s", m->root, (int)(end - dir), dir);
		mkdir(path, 0755);
	}
	snprintf(moved, sizeof(moved), "%s/mr0:sha384", path);
	fd = open(moved, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, value, SIZE) != SIZE || close(fd))
		die("%s: %s", moved, strerror(errno));
	if (tree_scan(root, &scan, &err) < 0 || scan.n != 1)
		die("the copy: %zu registers", scan.n);
	if (reg_read(root, &scan.regs[0], value, SIZE, &err) != SIZE)
		die("the copy: %s", err.message);
	snprintf(moved, sizeof(moved), "%s.real", path);
	move(path, moved);
	if (symlink(moved, path) < 0)
		die("%s: %s", path, strerror(errno));
	if (reg_read(root, &scan.regs[0], value, SIZE, &err) != TSMMR_E_IO)
		die("a register was read through a link");
	printf("through a link: %s\n", err.message);
	tree_scan_done(&scan);
}

int main(void)
{
	static const char *const parts[] = { "/run/tsmmr", "/run/tsmmr/tdx_guest",
					     "/run/tsmmr/tdx_guest/rtmr3" };
	struct machine m;

	machine_open(&m);
	test_count(&m);
	for (int i = 0; i < 3; i++) {
		test_moved(&m, parts[i]);
		test_mode(&m, parts[i]);
	}
	for (int i = 1; i < 3; i++)
		test_link(&m, parts[i]);
	test_mounted_over(&m);
	test_registers_link(&m);
	machine_close(&m);
	return 0;
}
