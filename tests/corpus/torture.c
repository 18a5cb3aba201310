/* SPDX-License-Identifier: BSD-2-Clause */
/* Every file through every decoder, in one process, then cut and mutated: no crash, no wait. */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <tsmmr/tsmmr.h>

#include "../input.h"

#define CUT_BYTES_MAX (64u << 10) /* longer logs are not cut at every length */
#define FILE_BYTES_MAX (8u << 20)
#define SLOW_MS 1000

#define CHECK(what)                                                                         \
	do {                                                                                \
		if (!(what)) {                                                              \
			fprintf(stderr, "%s:%d: %s: broken: %s\n", __FILE__, __LINE__, now, \
				#what);                                                     \
			exit(1);                                                            \
		}                                                                           \
	} while (0)

struct file {
	char *path;
	uint8_t *p;
	size_t n;
	int is_log;
};

struct result {
	uint64_t decoded, refused;
};

static struct tsmmr_ctx *ctx;
static struct file *files;
static size_t n_files;
static char now[4096]; /* what is being done, for messages */
static uint64_t slowest_ms;
static char slowest[4096];
static uint64_t limit_ms = SLOW_MS;

static uint64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others may share the machine */
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void timed(uint64_t start)
{
	uint64_t took = clock_ms() - start;

	if (took > slowest_ms) {
		slowest_ms = took;
		memcpy(slowest, now, sizeof(slowest));
	}
	if (took > limit_ms) {
		fprintf(stderr, "%s: took %llu ms\n", now, (unsigned long long)took);
		exit(1);
	}
}

/* xorshift64*: the same mutations everywhere. */
static uint64_t rng = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t rnd(uint64_t below)
{
	rng ^= rng >> 12;
	rng ^= rng << 25;
	rng ^= rng >> 27;
	return (rng * UINT64_C(0x2545f4914f6cdd1d) >> 16) % below;
}

static void load(const char *path)
{
	struct file *f;
	struct stat st;
	FILE *in = fopen(path, "rb");

	if (!in || fstat(fileno(in), &st) < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	if (st.st_size > FILE_BYTES_MAX) {
		fclose(in);
		return;
	}
	files = reallocarray(files, n_files + 1, sizeof(*files));
	f = &files[n_files++];
	f->path = strdup(path);
	f->n = (size_t)st.st_size;
	f->p = malloc(f->n + 1);
	f->is_log = 0;
	if (fread(f->p, 1, f->n, in) != f->n) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(1);
	}
	fclose(in);
}

static void walk(const char *path)
{
	struct dirent **entries;
	struct stat st;
	int n;

	if (stat(path, &st) < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	if (S_ISREG(st.st_mode)) {
		load(path);
		return;
	}
	n = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char below[4096];

		snprintf(below, sizeof(below), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			walk(below);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

/* Everything that can be asked of a decoded log.  The text and JSON of each event. */
static void use(struct tsmmr_log *log)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_report *report;
	uint8_t *json;
	size_t n;

	for (size_t i = 0; i < tsmmr_log_count(log); i++) {
		const struct tsmmr_event *e = tsmmr_log_get(log, i);

		CHECK(tsmmr_event_binding(e, NULL) >= 0);
		CHECK(tsmmr_event_text(e, NULL, 0) >= 0);
		CHECK(tsmmr_event_export_json(e, 0, &json, &n, &err) == 0);
		tsmmr_free(json);
	}
	CHECK(tsmmr_report_new(ctx, &log, 1, NULL, NULL, &report, &err) == 0);
	CHECK(tsmmr_report_verdict(report) == TSMMR_VERDICT_INCOMPLETE);
	CHECK(tsmmr_report_export_replay_json(report, &json, &n, &err) == 0);
	tsmmr_free(json);
	tsmmr_report_free(report);
}

static void refused(int r, const struct tsmmr_error *err)
{
	CHECK(r < 0 && r != TSMMR_E_INTERNAL && r != TSMMR_E_NOMEM && r != TSMMR_E_IO);
	CHECK(err->code == r && err->message[0]);
}

/* Decoded and used, or refused with a reason; 1 when it was a log. */
static int as_log(const uint8_t *p, size_t n, int format, struct result *res)
{
	const char *reg = format == TSMMR_FORMAT_TEXT ? "rtmr3" : NULL;
	struct tsmmr_error err = { .size = sizeof(err) };
	uint64_t start = clock_ms();
	struct tsmmr_log *log;
	int r;

	r = parse_borrow_as(ctx, format, TSMMR_PLATFORM_AUTO, reg, p, n, &log, &err);
	if (r < 0) {
		refused(r, &err);
		res->refused++;
	} else {
		use(log);
		tsmmr_log_free(log);
		res->decoded++;
	}
	timed(start);
	return r == 0;
}

static void as_evidence(const uint8_t *p, size_t n, struct result *res)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_evidence *ev;
	struct tsmmr_regs *regs;
	uint64_t start = clock_ms();
	uint8_t *json;
	size_t k;
	int r;

	CHECK(tsmmr_evidence_new(ctx, &ev, &err) == 0);
	r = tsmmr_evidence_add(ev, TSMMR_PART_AUTO, p, n, &err);
	if (r == 0)
		r = tsmmr_regs_from_evidence(ctx, ev, &regs, &err);
	tsmmr_evidence_free(ev);
	if (r < 0) {
		refused(r, &err);
		res->refused++;
	} else {
		CHECK(tsmmr_regs_trust(regs) < TSMMR_TRUST_AUTHENTICATED);
		CHECK(tsmmr_regs_export_json(regs, NULL, &json, &k, &err) == 0);
		tsmmr_free(json);
		tsmmr_regs_free(regs);
		res->decoded++;
	}
	timed(start);
}

static void as_values(const uint8_t *p, size_t n, struct result *res)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	uint64_t start = clock_ms();
	struct tsmmr_regs *regs;
	int r;

	r = tsmmr_regs_from_values(ctx, TSMMR_VALUES_AUTO, TSMMR_PLATFORM_AUTO, (const char *)p, n,
				   &regs, &err);
	if (r < 0) {
		refused(r, &err);
		res->refused++;
	} else {
		tsmmr_regs_free(regs);
		res->decoded++;
	}
	timed(start);
}

static void say(const char *what, struct result r)
{
	printf("%s: %llu decoded, %llu refused\n", what, (unsigned long long)r.decoded,
	       (unsigned long long)r.refused);
	fflush(stdout);
}

static const int formats[] = { TSMMR_FORMAT_TCG2, TSMMR_FORMAT_TCG1, TSMMR_FORMAT_CCEL,
			       TSMMR_FORMAT_TEXT, TSMMR_FORMAT_IMA,  TSMMR_FORMAT_IMA_ASCII };
#define N_FORMATS (sizeof(formats) / sizeof(formats[0]))

static void whole_files(void)
{
	struct result logs = { 0 }, forced = { 0 }, evidence = { 0 }, values = { 0 };

	for (size_t i = 0; i < n_files; i++) {
		struct file *f = &files[i];

		snprintf(now, sizeof(now), "%s", f->path);
		f->is_log = as_log(f->p, f->n, TSMMR_FORMAT_AUTO, &logs);
		for (size_t k = 0; k < N_FORMATS; k++)
			as_log(f->p, f->n, formats[k], &forced);
		as_evidence(f->p, f->n, &evidence);
		as_values(f->p, f->n, &values);
	}
	printf("%zu files\n", n_files);
	say("as logs", logs);
	say("as logs of a format that is forced", forced);
	say("as evidence", evidence);
	say("as values", values);
}

/*
 * Every truncation of every log.  One buffer a log, cut from behind: what the records before
 * the cut are used for is the same each time, so only the reading is repeated.
 */
static void truncations(size_t step)
{
	struct result res = { 0 };
	size_t logs = 0;

	for (size_t i = 0; i < n_files; i++) {
		struct file *f = &files[i];

		if (!f->is_log || f->n > CUT_BYTES_MAX)
			continue;
		logs++;
		for (size_t cut = i % step; cut < f->n; cut += step) {
			struct tsmmr_error err = { .size = sizeof(err) };
			uint64_t start = clock_ms();
			struct tsmmr_log *log;
			int r;

			snprintf(now, sizeof(now), "%s cut to %zu", f->path, cut);
			r = tsmmr_log_parse_borrow(ctx, NULL, f->p, cut, &log, &err);
			if (r < 0) {
				refused(r, &err);
				CHECK(err.offset == TSMMR_NONE || err.offset <= cut);
				res.refused++;
			} else {
				tsmmr_log_free(log);
				res.decoded++;
			}
			timed(start);
		}
	}
	printf("%zu logs cut\n", logs);
	say("truncations", res);
}

/*
 * Often one change, sometimes eight.  Most keep the length, so that a log stays readable to
 * its end and what lies behind the structure is reached; some cut, drop, move and insert.
 */
static size_t mutate(uint8_t *p, size_t n, size_t room)
{
	static const uint32_t words[] = { 0,      1,          0x7f,       0x80,       0xff,
					  0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0,
					  16,     17,         3,          0x80000006 };
	uint64_t changes = rnd(2) ? 1 : 1 + rnd(8);

	while (changes-- && n > 8) {
		/* The front of a log has its header, and padding is dull. */
		size_t end = n > 4096 && rnd(4) ? 4096 : n;
		size_t at = rnd(8) ? rnd(end) : rnd(n < 128 ? n : 128);
		size_t len = 1 + rnd(n - at < 64 ? n - at : 64);
		uint32_t word = words[rnd(sizeof(words) / sizeof(words[0]))];

		switch (rnd(16)) {
		case 0:
			memmove(p + at, p + at + len, n - at - len);
			n -= len;
			break;
		case 1:
			if (room - n >= len) {
				memmove(p + at + len, p + at, n - at);
				n += len;
			}
			break;
		case 2:
			n = at;
			break;
		case 3:
			memmove(p + rnd(n - len + 1), p + at, len);
			break;
		case 4:
			if (n - at >= 4)
				memcpy(p + at, &word, 4);
			break;
		case 5:
		case 6:
			p[at] = (uint8_t)rnd(256);
			break;
		default:
			p[at] ^= (uint8_t)(1u << rnd(8));
		}
	}
	return n;
}

static void mutations(uint64_t count)
{
	struct result logs = { 0 }, evidence = { 0 }, values = { 0 };

	for (uint64_t i = 0; i < count; i++) {
		const struct file *f = &files[rnd(n_files)];
		size_t room = f->n + 1024;
		uint8_t *copy = malloc(room), *exact;
		size_t n = f->n;

		/* Mostly logs, and mostly such as are quickly read. */
		if ((!f->is_log && rnd(4)) || (f->n > 300000 && rnd(16))) {
			free(copy);
			i--;
			continue;
		}
		snprintf(now, sizeof(now), "mutation %llu, of %s", (unsigned long long)i, f->path);
		memcpy(copy, f->p, n);
		n = mutate(copy, n, room);
		exact = realloc(copy, n ? n : 1);
		CHECK(exact);

		as_log(exact, n, i % 4 < 3 ? TSMMR_FORMAT_AUTO : formats[rnd(N_FORMATS)], &logs);
		if (!f->is_log) {
			as_evidence(exact, n, &evidence);
			as_values(exact, n, &values);
		}
		free(exact);
	}
	say("mutations as logs", logs);
	say("mutations as evidence", evidence);
	say("mutations as values", values);
}

int main(int argc, char **argv)
{
	uint64_t n_mutations = 2000;
	size_t step = 1;
	int c;

	while ((c = getopt(argc, argv, "n:s:e:t:")) != -1) {
		if (c == 'n')
			n_mutations = strtoull(optarg, NULL, 0);
		else if (c == 's')
			rng ^= strtoull(optarg, NULL, 0);
		else if (c == 'e')
			step = strtoull(optarg, NULL, 0);
		else if (c == 't')
			limit_ms = strtoull(optarg, NULL, 0);
		else
			c = '?';
		if (c == '?' || !step || !rng) {
			fprintf(stderr, "usage: torture [-n MUTATIONS] [-s SEED] [-e "
					"EVERY-NTH-CUT] [-t MS] "
					"PATH...\n");
			return 2;
		}
	}
	if (argv[optind] && access(argv[optind], F_OK) < 0) {
		printf("skipped: nothing at %s (see the Meson option 'corpus')\n", argv[optind]);
		return 77;
	}
	for (int i = optind; i < argc; i++)
		walk(argv[i]);
	if (!n_files || tsmmr_ctx_new(0, &ctx, NULL) < 0) {
		fprintf(stderr, "no files\n");
		return 2;
	}

	whole_files();
	truncations(step);
	mutations(n_mutations);
	printf("slowest: %llu ms, %s\n", (unsigned long long)slowest_ms, slowest);

	tsmmr_ctx_free(ctx);
	for (size_t i = 0; i < n_files; i++) {
		free(files[i].path);
		free(files[i].p);
	}
	free(files);
	return 0;
}
