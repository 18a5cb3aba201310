/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evidence from the kernel's configfs-tsm report tree.
 *
 * A directory is one report.  What is written to inblob takes effect when the file is
 * closed, and close() returns 0 whatever became of it; every store raises "generation" by
 * one.  So the number says whether our stores, all of them and nobody else's, are what the
 * report was made from.  (Documentation/ABI/testing/configfs-tsm-report;
 * drivers/virt/coco/guest/report.c; fs/configfs/file.c)
 */
#include "sys/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sys/file.h"
#include "util/error.h"

#define REPORT_DIR "/sys/kernel/config/tsm/report"
#define BLOB_MAX (16u << 20) /* the kernel's own bound; older kernels have 32 KiB */
#define ATTEMPTS 5
#define NAMES_MAX 100 /* directories that others left, before we give up */
#define MOMENT_MS 20

/* One report's directory. */
struct dir {
	int parent, fd;
	char name[48];
	unsigned long generation; /* what it must be: the first one and our stores */
};

/* Another attempt may do better.  No code of the library's has this number. */
#define AGAIN 1

/* The outcome of all attempts; why is of any of them. */
static int outcome_of(int r, const struct tsmmr_error *why, struct tsmmr_error *err)
{
	if (r)
		error_copy(why, err);
	return r == AGAIN ? TSMMR_E_IO : r;
}

static bool is_passing(int error)
{
	return error == EINTR || error == EAGAIN || error == EBUSY;
}

static int fail_at_file(const char *name, struct tsmmr_error *err)
{
	int error = errno;
	int r = fail_errno(err, "%s/%s: %s", REPORT_DIR, name, errno_text(error));

	/* ENOENT: what we have made somebody has removed. */
	return is_passing(error) || error == ENOENT ? AGAIN : r;
}

static void dir_close(struct dir *d)
{
	if (d->fd >= 0) {
		close(d->fd);
		while (unlinkat(d->parent, d->name, AT_REMOVEDIR) < 0 && errno == EINTR)
			;
	}
	if (d->parent >= 0)
		close(d->parent);
	*d = (struct dir){ -1, -1, "", 0 };
}

static int no_tree(const char *root, struct tsmmr_error *err)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return fail(err, TSMMR_E_NOTFOUND, "%s%s: this machine has no report tree", root,
			    REPORT_DIR);
	case ENXIO:
		return fail(err, TSMMR_E_NOTFOUND, "%s%s: no platform gives reports here", root,
			    REPORT_DIR);
	default:
		return fail_errno(err, "%s%s: %s", root, REPORT_DIR, errno_text(errno));
	}
}

/* A directory of a name that nobody has: making it is what decides that. */
static int dir_open(const char *root, struct dir *d, struct tsmmr_error *err)
{
	int r = -1;

	*d = (struct dir){ -1, -1, "", 0 };
	d->parent = file_open_below(root, REPORT_DIR, O_RDONLY | O_DIRECTORY);
	if (d->parent < 0)
		return no_tree(root, err);
	for (int i = 0; i < NAMES_MAX; i++) {
		snprintf(d->name, sizeof(d->name), "tsmmr.%ld.%d", (long)getpid(), i);
		r = mkdirat(d->parent, d->name, 0700);
		if (r == 0 || (errno != EEXIST && errno != EINTR))
			break;
	}
	if (r < 0)
		return no_tree(root, err);
	d->fd = openat(d->parent, d->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d->fd >= 0)
		return 0;
	r = fail_at_file(d->name, err);
	unlinkat(d->parent, d->name, AT_REMOVEDIR);
	return r;
}

/*
 * All of a file, opened again: an open one keeps what its first read gave.  0 or AGAIN or an
 * error; where it may be absent, nothing is read of one that is.
 */
static int take(const struct dir *d, const char *name, bool may_lack, struct buf *ret,
		struct tsmmr_error *err)
{
	int fd = openat(d->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n;
	int r = 0;

	ret->n = 0;
	if (fd < 0)
		return may_lack && errno == ENOENT ? 0 : fail_at_file(name, err);
	do {
		uint8_t *to = buf_room(ret, 4096);

		n = to ? read(fd, to, 4096) : 0;
		if (n > 0)
			ret->n += (size_t)n;
	} while (n > 0 && ret->n <= BLOB_MAX);
	if (n < 0)
		r = fail_at_file(name, err);
	else if (ret->failed)
		r = fail_nomem(err);
	else if (n > 0)
		r = fail(err, TSMMR_E_LIMIT, "%s/%s: more than %u bytes", REPORT_DIR, name,
			 BLOB_MAX);
	close(fd);
	return r;
}

/* A text attribute, without its newline. */
static int take_text(const struct dir *d, const char *name, char *ret, size_t size,
		     struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	int r = take(d, name, false, &b, err);

	if (r)
		return r;
	while (b.n && b.p[b.n - 1] == '\n')
		b.n--;
	if (!b.n || b.n >= size || memchr(b.p, 0, b.n))
		return fail(err, TSMMR_E_MALFORMED, "%s/%s: not the short text it should be",
			    REPORT_DIR, name);
	memcpy(ret, b.p, b.n);
	ret[b.n] = 0;
	return 0;
}

static int take_generation(const struct dir *d, unsigned long *ret, struct tsmmr_error *err)
{
	char text[24];
	int r = take_text(d, "generation", text, sizeof(text), err);

	if (r)
		return r;
	if (text[strspn(text, "0123456789")])
		return fail(err, TSMMR_E_MALFORMED, "%s/generation: not a number", REPORT_DIR);
	*ret = strtoul(text, NULL, 10);
	return 0;
}

static int check_generation(const struct dir *d, struct tsmmr_error *err)
{
	unsigned long now = 0;
	int r = take_generation(d, &now, err);

	if (r || now == d->generation)
		return r;
	errno = EIO;
	fail_errno(err, "%s/generation: %lu after %lu stores of ours: %s", REPORT_DIR, now,
		   d->generation,
		   now < d->generation ? "the kernel did not take one" :
					 "somebody else writes there too");
	return AGAIN;
}

/* One store; the kernel counts it when the file is closed at the latest. */
static int put(struct dir *d, const char *name, struct span value, struct tsmmr_error *err)
{
	int fd = openat(d->fd, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n;
	int r = 0;

	if (fd < 0 && errno == ENOENT && strcmp(name, "inblob") != 0)
		return fail(err, TSMMR_E_UNSUPPORTED, "the platform's reports have no %s", name);
	if (fd < 0)
		return fail_at_file(name, err);
	n = write(fd, value.p, value.n);
	if (n < 0) {
		r = fail_at_file(name, err);
	} else if ((size_t)n != value.n) {
		errno = EIO;
		r = fail_errno(err, "%s/%s: %zd bytes of %zu were taken", REPORT_DIR, name, n,
			       value.n);
	}
	close(fd);
	d->generation++;
	return r;
}

static int put_text(struct dir *d, const char *name, const char *text, struct tsmmr_error *err)
{
	return put(d, name, span_of(text, strlen(text)), err);
}

static int put_request(struct dir *d, const struct tsm_request *request, struct tsmmr_error *err)
{
	char level[16];
	int r = 0;

	snprintf(level, sizeof(level), "%d", request->privlevel);
	if (request->privlevel >= 0)
		r = put_text(d, "privlevel", level, err);
	if (r == 0 && request->service_provider)
		r = put_text(d, "service_provider", request->service_provider, err);
	if (r == 0 && request->service_guid)
		r = put_text(d, "service_guid", request->service_guid, err);
	if (r == 0)
		r = put(d, "inblob", request->inblob, err);
	return r;
}

static int take_report(struct dir *d, const struct tsm_request *request, struct tsm_report *report,
		       struct tsmmr_error *err)
{
	int r = take_text(d, "provider", report->provider, sizeof(report->provider), err);

	if (r == 0)
		r = take_generation(d, &d->generation, err);
	if (r == 0)
		r = put_request(d, request, err);
	if (r == 0)
		r = check_generation(d, err);
	/* This is when the platform is asked; its own error is what the read says. */
	if (r == 0)
		r = take(d, "outblob", false, &report->out, err);
	if (r == 0)
		r = take(d, "auxblob", true, &report->aux, err);
	if (r == 0)
		r = take(d, "manifestblob", true, &report->manifest, err);
	/* What was read belongs together only if nobody stored anything in between. */
	if (r == 0)
		r = check_generation(d, err);
	if (r == 0 && !report->out.n)
		r = fail(err, TSMMR_E_MALFORMED, "%s/outblob: empty", REPORT_DIR);
	return r;
}

void tsm_report_done(struct tsm_report *report)
{
	buf_done(&report->out);
	buf_done(&report->aux);
	buf_done(&report->manifest);
	*report = (struct tsm_report){ 0 };
}

/* Before every attempt but the first. */
static void wait_a_moment(int attempt)
{
	struct timespec moment = { .tv_nsec = attempt * MOMENT_MS * 1000000L };

	if (attempt)
		nanosleep(&moment, NULL);
}

int tsm_report_take(const char *root, const struct tsm_request *request, struct tsm_report *ret,
		    struct tsmmr_error *err)
{
	struct tsmmr_error why = { .size = sizeof(why) };
	int r = AGAIN;

	if (!request->inblob.n || request->inblob.n > TSM_INBLOB_MAX)
		return fail(err, TSMMR_E_ARG, "a report is over 1 to %d bytes, not %zu",
			    TSM_INBLOB_MAX, request->inblob.n);
	for (int attempt = 0; r == AGAIN && attempt < ATTEMPTS; attempt++) {
		_cleanup_(tsm_report_done) struct tsm_report report = { .provider = "" };
		struct dir d;

		wait_a_moment(attempt);
		r = dir_open(root, &d, &why);
		if (r == 0)
			r = take_report(&d, request, &report, &why);
		dir_close(&d);
		if (r == 0) {
			*ret = report;
			report = (struct tsm_report){ .provider = "" };
		}
	}
	return outcome_of(r, &why, err);
}

int tsm_report_exists(const char *root, struct tsmmr_error *err)
{
	int fd = file_open_below(root, REPORT_DIR, O_RDONLY | O_DIRECTORY);
	int r = fd < 0 ? no_tree(root, err) : 1;

	if (fd >= 0)
		close(fd);
	return r == TSMMR_E_NOTFOUND ? 0 : r;
}

static int has_file(const struct dir *d, const char *name, bool *ret, struct tsmmr_error *err)
{
	*ret = faccessat(d->fd, name, F_OK, 0) == 0;
	return *ret || errno == ENOENT ? 0 : fail_at_file(name, err);
}

int tsm_report_probe(const char *root, char *ret_provider, size_t size, bool *ret_services,
		     struct tsmmr_error *err)
{
	struct tsmmr_error why = { .size = sizeof(why) };
	int r = AGAIN;

	for (int attempt = 0; r == AGAIN && attempt < ATTEMPTS; attempt++) {
		struct dir d;

		wait_a_moment(attempt);
		r = dir_open(root, &d, &why);
		if (r == 0)
			r = take_text(&d, "provider", ret_provider, size, &why);
		if (r == 0)
			r = has_file(&d, "service_provider", ret_services, &why);
		dir_close(&d);
	}
	return outcome_of(r, &why, err);
}
