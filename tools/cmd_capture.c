/* SPDX-License-Identifier: BSD-2-Clause */
/* capture: a machine's registers and logs as a folder that --root reads. */
#include "cmd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beneath.h"
#include "escape.h"
#include "fail.h"
#include "options.h"
#include "output.h"
#include "regset.h"
#include "scope.h"
#include "target.h"

/* Of one file: as much as the library keeps of one log in memory. */
#define FILE_BYTES_MAX ((size_t)256 << 20)
/* What one read() may take, for a register is whole only in one. */
#define READ_BYTES 65536
#define ATTEMPTS 5

#define LOG_DIR "/run/tsmmr"

/*
 * What is copied: the files that pattern matches below base, component by component.  All
 * symbolic links that are followed are those of /sys/class, to a device; the copy has a
 * folder in their place.
 */
/* clang-format off */
static const struct source {
	const char *base;	/* NULL: where the runtime logs are */
	const char *pattern;
	bool links;		/* the first component may be a symbolic link */
	enum { LOGS, REGISTERS, REGISTERS_AND_FOLDERS } what;
} sources[] = {
	{ "/sys/devices/virtual/misc", "*/measurements/*", false, REGISTERS },
	{ "/sys/class/misc", "*/measurements/*", true, REGISTERS },
	{ "/sys/devices/virtual/misc", "*/mr/*", false, REGISTERS },
	{ "/sys/class/misc", "*/mr/*", true, REGISTERS },
	{ "/sys/kernel/tsm", "*/*", false, REGISTERS_AND_FOLDERS },
	{ "/sys/kernel/tsm", "*/*/*", false, REGISTERS_AND_FOLDERS },
	{ "/sys/kernel/tsm", "*/*/*/digest", false, REGISTERS },
	{ "/sys/kernel/security/tsm", "*/*", false, REGISTERS_AND_FOLDERS },
	{ "/sys/kernel/security/tsm", "*/*/*", false, REGISTERS_AND_FOLDERS },
	{ "/sys/kernel/security/tsm", "*/*/*/digest", false, REGISTERS },
	/* not "report", whose files make reports, and not "rtmrs", which is below */
	{ "/sys/kernel/config/tsm", "[!r]*/*", false, REGISTERS_AND_FOLDERS },
	{ "/sys/kernel/config/tsm", "[!r]*/*/*", false, REGISTERS_AND_FOLDERS },
	{ "/sys/kernel/config/tsm", "[!r]*/*/*/digest", false, REGISTERS },
	{ "/sys/class/tpm", "tpm*/pcr-*/*", true, REGISTERS },
	{ "/sys/kernel/config/tsm/rtmrs", "*/*", false, REGISTERS },
	{ "/sys/firmware/acpi/tables", "CCEL", false, LOGS },
	{ "/sys/firmware/acpi/tables/data", "CCEL", false, LOGS },
	{ "/sys/kernel/security", "tpm*/binary_bios_measurements", false, LOGS },
	{ "/sys/kernel/security", "ima/*_runtime_measurements*", true, LOGS },
	{ "/run/log/systemd", "*-measure.log", false, LOGS },
	{ NULL, "*/*/event_log*", false, LOGS },
	{ "/proc/sys/kernel/random", "boot_id", false, LOGS },
};
/* clang-format on */

struct copied {
	char *path; /* below the root, and below the folder */
	dev_t dev;
	ino_t ino;
	size_t bytes;
	int error; /* errno of what cannot be read */
};

struct capture {
	struct options *o;
	char *root; /* without a "/" at its end */
	int root_fd;
	struct target to;
	uint8_t *buf; /* of the largest file so far */
	size_t size;
	struct copied *all;
	size_t n;
	bool incomplete; /* a register has no value in the copy */
};

static int no_memory(struct capture *c)
{
	return fail(c->o, TSMMR_E_NOMEM, "out of memory");
}

static void forget(struct capture *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->all[i].path);
	c->n = 0;
}

static void capture_done(struct capture *c)
{
	forget(c);
	free(c->all);
	free(c->buf);
	free(c->root);
	target_close(&c->to);
	if (c->root_fd >= 0)
		close(c->root_fd);
}

static bool is_copied(const struct capture *c, const struct stat *st)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->all[i].dev == st->st_dev && c->all[i].ino == st->st_ino)
			return true;
	return false;
}

static int remember(struct capture *c, const char *path, const struct stat *st, size_t bytes,
		    int error)
{
	struct copied *more = realloc(c->all, (c->n + 1) * sizeof(*more));

	if (!more)
		return no_memory(c);
	c->all = more;
	more[c->n] = (struct copied){ strdup(path), st->st_dev, st->st_ino, bytes, error };
	if (!more[c->n].path)
		return no_memory(c);
	c->n++;
	return 0;
}

/* All of fd into c->buf.  false: errno says why. */
static bool read_all(struct capture *c, int fd, size_t *ret_n)
{
	size_t len = 0;
	ssize_t n;

	do {
		if (c->size - len < READ_BYTES) {
			size_t size = c->size ? 2 * c->size : 2 * READ_BYTES;
			uint8_t *more = realloc(c->buf, size);

			if (!more)
				return false;
			c->buf = more;
			c->size = size;
		}
		n = read(fd, c->buf + len, c->size - len);
		len += n > 0 ? (size_t)n : 0;
		if (len > FILE_BYTES_MAX) {
			errno = EFBIG;
			return false;
		}
	} while (n > 0 || (n < 0 && errno == EINTR));

	*ret_n = len;
	return n == 0;
}

/* The kernel lets nobody read it, and its log is an answer of its own. */
static bool is_write_only(const char *name)
{
	return !strcmp(name, "append_event");
}

static bool is_log(const struct source *from, const char *name)
{
	return from->what == LOGS || !strcmp(name, "event_log");
}

/* Into c->buf.  0, or errno. */
static int read_file(struct capture *c, int dir, const char *name, const struct stat *st,
		     size_t *ret_n)
{
	struct stat now;
	int fd, r;

	if (S_ISDIR(st->st_mode))
		return EISDIR;
	if (!S_ISREG(st->st_mode))
		return EINVAL;
	if (!(st->st_mode & 0444))
		return EACCES;
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno;
	if (fstat(fd, &now) < 0 || !S_ISREG(now.st_mode))
		r = EINVAL;
	else
		r = read_all(c, fd, ret_n) ? 0 : errno;
	close(fd);
	return r;
}

/*
 * One file.  What nobody may read (append_event) leaves an empty one, so that the copy
 * shows what the register can do.  So does a register that should be readable and is not:
 * then the copy cannot be verified without it either.
 */
static int copy_file(struct capture *c, const struct source *from, int dir, const char *name,
		     const char *path)
{
	struct stat st;
	size_t n = 0;
	bool log = is_log(from, name);
	int error, r;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail_errno(c->o, path, TSMMR_NONE, "cannot read");
	if (is_copied(c, &st) || (!S_ISREG(st.st_mode) && log) ||
	    (S_ISDIR(st.st_mode) && from->what == REGISTERS_AND_FOLDERS &&
	     strcmp(name, "digest") != 0))
		return 0;

	error = is_write_only(name) ? 0 : read_file(c, dir, name, &st, &n);
	/* Ours, not the file's. */
	if (error == ENOMEM)
		return no_memory(c);
	errno = error;
	if (error && log)
		fail_errno(c->o, path, TSMMR_NONE, "cannot read");
	r = remember(c, path, &st, error ? 0 : n, error);
	if (!r && !(error && log))
		r = target_write(c->o, &c->to, path, c->buf, error ? 0 : n,
				 S_ISREG(st.st_mode) ? st.st_mode : S_IRUSR);
	return r;
}

/* A folder, where its links stay below the root. */
static int open_inside(const struct capture *c, const char *path)
{
	return *c->root ? beneath_enter(c->root_fd, path) :
			  open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int walk(struct capture *c, const struct source *from, int dir, const char *pattern,
		const char *path, bool links);

/* name is the next component in dir; rest is what the pattern has after it. */
static int step(struct capture *c, const struct source *from, int dir, const char *name,
		const char *rest, const char *path, bool links)
{
	_cleanup_(free) char *longer = NULL;
	int fd, r;

	if (asprintf(&longer, "%s/%s", path, name) < 0) {
		longer = NULL;
		return no_memory(c);
	}
	if (!*rest)
		return copy_file(c, from, dir, name, longer);

	fd = links ? open_inside(c, longer) :
		     openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return 0;
	if (fd < 0)
		return fail_errno(c->o, longer, TSMMR_NONE, "cannot read");
	r = walk(c, from, fd, rest + 1, longer, false);
	close(fd);
	return r;
}

/* Whether one fails or not, the others are tried. */
static int walk(struct capture *c, const struct source *from, int dir, const char *pattern,
		const char *path, bool links)
{
	size_t n = strcspn(pattern, "/");
	char component[64];
	struct dirent *de;
	int fd, worst = 0;
	DIR *names;

	snprintf(component, sizeof(component), "%.*s", (int)n, pattern);
	if (!strchr(component, '*'))
		return step(c, from, dir, component, pattern + n, path, links);

	fd = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	names = fd < 0 ? NULL : fdopendir(fd);
	if (!names) {
		if (fd >= 0)
			close(fd);
		return fail_errno(c->o, path, TSMMR_NONE, "cannot read");
	}
	while ((errno = 0, de = readdir(names)))
		if (de->d_name[0] != '.' && !fnmatch(component, de->d_name, 0))
			worst = exit_first(worst, step(c, from, dir, de->d_name, pattern + n, path,
						       links));
	if (errno)
		worst = exit_first(worst, fail_errno(c->o, path, TSMMR_NONE, "cannot read"));
	closedir(names);
	return worst;
}

static int copy_source(struct capture *c, const struct source *from)
{
	const char *base = from->base ? from->base : c->o->log_dir ? c->o->log_dir : LOG_DIR;
	int fd = open_inside(c, base), r;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return 0;
	if (fd < 0)
		return fail_errno(c->o, base, TSMMR_NONE, "cannot read");
	/* Wherever the runtime logs are, in the copy they are where they are looked for. */
	r = walk(c, from, fd, from->pattern, from->base ? base : LOG_DIR, from->links);
	close(fd);
	return r;
}

/* What has no value in the copy, by the files and by the library. */
static void note_unreadable(struct capture *c, const struct tsmmr_regs *regs)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->all[i].error) {
			c->incomplete = true;
			warn(c->o, "%s: %s: the copy has nothing of it", c->all[i].path,
			     strerror(c->all[i].error));
		}
	for (size_t i = 0; i < tsmmr_regs_count(regs); i++) {
		uint32_t flags = tsmmr_reg_flags(tsmmr_regs_get(regs, i));

		c->incomplete |= !(flags & TSMMR_REG_READABLE);
	}
}

/*
 * Registers are read before and after all is copied.  If one has changed, the logs may
 * hold more than the registers, so it is done again.
 */
static int copy_all(struct capture *c)
{
	_cleanup_(tsmmr_regs_free) struct tsmmr_regs *before = NULL;
	int worst = regset_machine(c->o, true, &before);

	for (int attempt = 1; !worst; attempt++) {
		struct tsmmr_regs *after = NULL;
		bool same;

		forget(c);
		for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
			worst = exit_first(worst, copy_source(c, &sources[i]));
		if (worst || failed(c->o))
			break;
		worst = regset_machine(c->o, true, &after);
		same = regset_same(before, after);
		tsmmr_regs_free(before);
		before = after;
		if (worst || same)
			break;
		if (attempt == ATTEMPTS) {
			warn(c->o,
			     "the registers changed during each of %d copies: the last is"
			     " kept",
			     ATTEMPTS);
			break;
		}
	}
	note_unreadable(c, before);
	return worst;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct copied *)a)->path, ((const struct copied *)b)->path);
}

static void print_json(const struct capture *c, FILE *f)
{
	fputs("{\"schema\":\"tsmmr.capture/1\",\"path\":", f);
	escape_json(f, c->to.path);
	fputs(",\"files\":[", f);
	for (size_t i = 0; i < c->n; i++) {
		fputs(i ? ",{\"path\":" : "{\"path\":", f);
		escape_json(f, c->all[i].path);
		if (c->all[i].error)
			fputs(",\"bytes\":null}", f);
		else
			fprintf(f, ",\"bytes\":%zu}", c->all[i].bytes);
	}
	fputs("]}\n", f);
}

static void print_text(const struct capture *c, FILE *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n; i++) {
		kept += !c->all[i].error;
		if (!c->o->verbose)
			continue;
		escape_print(f, c->all[i].path);
		if (c->all[i].error)
			fputs(" cannot be read\n", f);
		else
			fprintf(f, " %zu\n", c->all[i].bytes);
	}
	if (c->o->quiet)
		return;
	fprintf(f, "captured %zu file%s in ", kept, kept == 1 ? "" : "s");
	escape_print(f, c->to.path);
	putc('\n', f);
}

static int print(struct capture *c)
{
	qsort(c->all, c->n, sizeof(*c->all), compare_paths);
	(c->o->json ? print_json : print_text)(c, stdout);
	if (fflush(stdout) != 0)
		return fail_errno(c->o, "standard output", TSMMR_NONE, "cannot write");
	return 0;
}

/* Is there anything but the boot's id? */
static bool is_empty(const struct capture *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (strncmp(c->all[i].path, "/proc/", 6) != 0)
			return false;
	return true;
}

int cmd_capture(struct options *o)
{
	struct capture c = { .o = o, .root_fd = -1, .to = { .fd = -1 } };
	int r;

	if (o->n_operands)
		return fail_usage(o, "capture takes no LOG");
	if (!o->out)
		return fail_usage(o, "capture needs -o: the folder to write");

	c.root = realpath(o->root ? o->root : "/", NULL);
	if (!c.root)
		return fail_errno(o, o->root, TSMMR_NONE, "cannot read");
	c.root_fd = open(c.root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = c.root_fd < 0 ? fail_errno(o, o->root, TSMMR_NONE, "cannot read") : 0;
	if (!strcmp(c.root, "/"))
		c.root[0] = '\0';
	if (!r)
		r = target_open(o, o->out, &c.to);
	if (!r) {
		r = copy_all(&c);
		r = exit_first(r, target_commit(o, &c.to));
		if (!r && is_empty(&c))
			r = fail(o, TSMMR_E_NOTFOUND,
				 "this machine has no registers and no logs that we know");
		r = exit_first(r, c.n && !is_empty(&c) ? print(&c) : 0);
		r = exit_first(r, c.incomplete ? EXIT_INCOMPLETE : 0);
	}
	capture_done(&c);
	return r;
}
