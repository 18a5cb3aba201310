/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as what configfs-tsm answers, while others store too.  Its files are this program's:
 * the kernel's raise a number with each store, and no file system on disk does.
 */
#include "tmpfolder.h"

#include <stdarg.h>
#include <sys/syscall.h>
#include <time.h>

#include "sys/report.h"
#include "util/error.h"

#define FAKE (1 << 20) /* the directory's descriptor; its files' follow */

enum { PROVIDER, GENERATION, INBLOB, PRIVLEVEL, SERVICE, GUID, OUT, AUX, MANIFEST, N_FILES };

static const char *const names[N_FILES] = { "provider",  "generation",       "inblob",
					    "privlevel", "service_provider", "service_guid",
					    "outblob",   "auxblob",          "manifestblob" };

static struct {
	bool on;
	bool lacks[N_FILES];
	const uint8_t *p[N_FILES];
	size_t n[N_FILES], at[N_FILES];
	char number[24];
	unsigned long generation;
	int errors[N_FILES]; /* of a read */
	int n_open, n_dirs;
	unsigned steps, other_at, other_for; /* somebody else stores at that step, so many times */
	bool seen, spoilt; /* generation was read; somebody else stored since then */
} fake;

static void step(void)
{
	if (++fake.steps < fake.other_at || !fake.other_for)
		return;
	fake.other_for--;
	fake.generation++;
	fake.spoilt |= fake.seen;
}

static int open_fake(const char *name)
{
	for (int i = 0; i < N_FILES; i++) {
		if (strcmp(name, names[i]) != 0)
			continue;
		if (fake.lacks[i])
			break;
		step();
		if (i == GENERATION && fake.generation != ~0ul) {
			fake.seen = true;
			fake.p[i] = (uint8_t *)fake.number;
			fake.n[i] = (size_t)snprintf(fake.number, sizeof(fake.number), "%lu\n",
						     fake.generation);
		}
		fake.at[i] = 0;
		fake.n_open++;
		return FAKE + 1 + i;
	}
	errno = ENOENT;
	return -1;
}

int openat(int fd, const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if (fake.on && fd == FAKE)
		return open_fake(name);
	if (fake.on && !strncmp(name, "tsmmr.", 6)) {
		fake.n_open++;
		return FAKE;
	}
	va_start(ap, flags);
	if (flags & O_CREAT)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return (int)syscall(SYS_openat, fd, name, flags, mode);
}

ssize_t read(int fd, void *p, size_t n)
{
	int i = fd - FAKE - 1;

	if (fd < FAKE)
		return syscall(SYS_read, fd, p, n);
	if (fake.errors[i]) {
		errno = fake.errors[i];
		return -1;
	}
	if (n > fake.n[i] - fake.at[i])
		n = fake.n[i] - fake.at[i];
	if (n)
		memcpy(p, fake.p[i] + fake.at[i], n);
	fake.at[i] += n;
	return (ssize_t)n;
}

ssize_t write(int fd, const void *p, size_t n)
{
	if (fd < FAKE)
		return syscall(SYS_write, fd, p, n);
	step();
	if (fake.generation != ~0ul)
		fake.generation++;
	return (ssize_t)n;
}

int close(int fd)
{
	if (fd < FAKE)
		return (int)syscall(SYS_close, fd);
	fake.n_open--;
	return 0;
}

int mkdirat(int fd, const char *name, mode_t mode)
{
	if (!fake.on)
		return (int)syscall(SYS_mkdirat, fd, name, mode);
	fake.n_dirs++;
	fake.seen = fake.spoilt = false;
	return 0;
}

int unlinkat(int fd, const char *name, int flags)
{
	if (!fake.on)
		return (int)syscall(SYS_unlinkat, fd, name, flags);
	fake.n_dirs--;
	return 0;
}

int faccessat(int fd, const char *name, int mode, int flags)
{
	return fd == FAKE ? (fake.lacks[SERVICE] ? -1 : 0) :
			    (int)syscall(SYS_faccessat, fd, name, mode);
}

/* Nobody is to be waited for here. */
int nanosleep(const struct timespec *t, struct timespec *left)
{
	return 0;
}

static void answer(struct bytes_left *in)
{
	static const int errors[] = { 0, 0, 0, 0, EINTR, EBUSY, EIO, ENXIO };
	uint8_t lacks = take_byte(in);
	int broken;

	memset(&fake, 0, sizeof(fake));
	for (int i = 0; i < 6; i++)
		fake.lacks[i + PRIVLEVEL] = lacks >> i & 1;
	fake.other_at = take_byte(in);
	fake.other_for = take_byte(in) % 8;
	broken = take_byte(in) % N_FILES;
	fake.errors[broken] = errors[take_byte(in) % 8];
	/* What the number is, or that it is no number of the kernel's. */
	fake.generation = lacks & 0x40 ? ~0ul : 7;
	if (!fake.lacks[AUX])
		fake.p[AUX] = take_block(in, &fake.n[AUX]);
	fake.p[GENERATION] = take_block(in, &fake.n[GENERATION]);
	fake.p[PROVIDER] = take_block(in, &fake.n[PROVIDER]);
	fake.p[MANIFEST] = take_block(in, &fake.n[MANIFEST]);
	fake.p[OUT] = in->p;
	fake.n[OUT] = in->n;
}

static void check_report(const struct tsm_report *report)
{
	size_t n = strlen(report->provider);

	/* All of it is of one generation, which was ours alone. */
	PROMISE(!fake.spoilt && report->out.n);
	PROMISE(report->out.n == fake.n[OUT] && !memcmp(report->out.p, fake.p[OUT], fake.n[OUT]));
	PROMISE(report->aux.n == fake.n[AUX]);
	PROMISE(report->manifest.n == (fake.lacks[MANIFEST] ? 0 : fake.n[MANIFEST]));
	PROMISE(n && n < sizeof(report->provider) &&
		!memcmp(report->provider, fake.p[PROVIDER], n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char tree[] = "sys/kernel/config/tsm/report";
	struct bytes_left in = { data, size };
	struct folder *f = folder_get();
	uint8_t what = take_byte(&in);
	struct tsm_request request = {
		.inblob = span_of(
			"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 64),
		.privlevel = what & 1 ? 2 : -1,
		.service_provider = what & 2 ? "svsm" : NULL,
		.service_guid = what & 4 ? "c476f1eb-0123-45a5-9641-b4e7dde5bfe3" : NULL,
	};
	struct tsm_report report = { .provider = "" };
	struct tsmmr_error err = { .size = sizeof(err) };
	bool services;
	int r;

	if (!f->n)
		folder_put(f, tree, FOLDER_DIR, 0, NULL, 0);
	answer(&in);
	fake.on = true;
	r = what & 8 ? tsm_report_probe(f->path, report.provider, sizeof(report.provider),
					&services, &err) :
		       tsm_report_take(f->path, &request, &report, &err);
	fake.on = false;
	PROMISE(!fake.n_open && !fake.n_dirs);
	if (r < 0)
		fuzz_check_io_error(r, &err);
	else if (!(what & 8))
		check_report(&report);
	tsm_report_done(&report);
	return 0;
}
