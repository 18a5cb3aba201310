/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of appending share: rtmr3 of the stand-in, or its register with two banks if
 * TSMMR_TEST_BANKS is set; its log, and what it must say.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <tsmmr/tsmmr.h>

#include "input.h"
#include "live/live.h"

#define SIZE 48

__attribute__((noreturn, format(printf, 1, 2))) static inline void die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	_exit(9);
}

struct machine {
	const char *root;
	struct tsmmr_ctx *ctx;
	struct tsmmr_tree tree;
	const struct tree_reg *reg;
	bool banks;
	const char *log;     /* its folder */
	uint8_t start[SIZE]; /* the register before the log's first record */
};

static inline void read_register(const struct machine *m, uint8_t *ret)
{
	struct tsmmr_error err = { .size = sizeof(err) };

	if (reg_read(m->root, m->reg, ret, SIZE, &err) != SIZE)
		die("register: %s", err.message);
}

/* The machine that with-standin.sh has made.  Each process may open it for itself. */
static inline void machine_open(struct machine *m)
{
	struct tsmmr_error err = { .size = sizeof(err) };

	*m = (struct machine){ .root = getenv("TSMMR_ROOT") };
	if (!m->root) {
		fprintf(stderr, "skipped: TSMMR_ROOT names no machine\n");
		exit(77);
	}
	if (tsmmr_ctx_new(0, &m->ctx, NULL) < 0 || tsmmr_ctx_set_root(m->ctx, m->root, NULL) < 0)
		die("no context");
	m->tree.ctx = m->ctx;
	m->banks = getenv("TSMMR_TEST_BANKS");
	m->log = m->banks ? "/run/tsmmr/tsm_mr_sample/agile" : "/run/tsmmr/tdx_guest/rtmr3";
	if (tree_scan(m->root, &m->tree.scan, &err) < 0 ||
	    machine_find(&m->tree.scan, m->banks ? "agile" : "tdx_guest/rtmr3", true, &m->reg,
			 &err) < 0)
		die("no register: %s", err.message);
	read_register(m, m->start);
}

static inline void machine_close(struct machine *m)
{
	tree_scan_done(&m->tree.scan);
	tsmmr_ctx_free(m->ctx);
}

static inline int append(const struct machine *m, const char *record, uint32_t *ret_done,
			 struct tsmmr_error *err)
{
	struct append a = { .record = span_of(record, strlen(record)) };
	int r = tree_append(&m->tree, m->reg, &a, err);

	if (r == 0 && ret_done)
		*ret_done = a.done;
	return r;
}

static inline void append_clean(const struct machine *m, const char *record, uint32_t *ret_done)
{
	struct tsmmr_error err = { .size = sizeof(err) };

	if (append(m, record, ret_done, &err) < 0)
		die("append %s: %s", record, err.message);
}

static inline void below_root(const struct machine *m, const char *name, char *ret, size_t size)
{
	snprintf(ret, size, "%s%s", m->root, name);
}

static inline void log_path(const struct machine *m, const char *name, char *ret, size_t size)
{
	snprintf(ret, size, "%s%s/%s", m->root, m->log, name);
}

/* The whole log, NUL-terminated; empty where there is none. */
static inline char *read_log(const struct machine *m)
{
	char path[512];
	struct stat st;
	char *text;
	FILE *f;

	log_path(m, "event_log", path, sizeof(path));
	f = fopen(path, "rb");
	if (!f || fstat(fileno(f), &st) < 0)
		return calloc(1, 1);
	text = calloc(1, (size_t)st.st_size + 1);
	if (!text || fread(text, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
		die("%s: %s", path, strerror(errno));
	fclose(f);
	return text;
}

/* How often a line stands in the log. */
static inline int count_in(const char *log, const char *line)
{
	size_t n = strlen(line);
	int count = 0;

	for (const char *p = log, *end; (end = strchr(p, '\n')); p = end + 1)
		count += (size_t)(end - p) == n && memcmp(p, line, n) == 0;
	return count;
}

static inline void put_value(char *to, size_t size, const char *name, const uint8_t *value,
			     size_t n_value)
{
	int n = snprintf(to, size, "%s=", name);

	for (size_t i = 0; i < n_value; i++)
		n += snprintf(to + n, size - (size_t)n, "%02x", value[i]);
	snprintf(to + n, size - (size_t)n, "\n");
}

/* The register in every bank, as values by hand. */
static inline void put_values(const struct machine *m, char *to, size_t size)
{
	uint8_t value[SIZE];
	size_t n;

	read_register(m, value);
	if (!m->banks) {
		put_value(to, size, "rtmr3", value, SIZE);
		return;
	}
	put_value(to, size, "tsm_mr_sample/agile:sha384", value, SIZE);
	if (reg_read(m->root, m->reg - 1, value, SIZE, NULL) != 32)
		die("the other bank");
	n = strlen(to);
	put_value(to + n, size - n, "tsm_mr_sample/agile:sha256", value, 32);
}

/* What verify would say of the log and the register; allow as --allow, or NULL. */
static inline int verdict(const struct machine *m, const char *allow)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_policy *policy = NULL;
	struct tsmmr_report *report = NULL;
	struct tsmmr_stream *stream = NULL;
	struct tsmmr_regs *regs = NULL;
	struct tsmmr_ctx *ctx = NULL;
	char start[128], now[512], path[512];
	int platform = m->banks ? TSMMR_PLATFORM_AUTO : TSMMR_PLATFORM_TDX;
	int fd, r;

	log_path(m, "event_log", path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	put_value(start, sizeof(start), "rtmr3", m->start, SIZE);
	put_values(m, now, sizeof(now));
	r = tsmmr_ctx_new(0, &ctx, NULL);
	if (r == 0 && !m->banks)
		r = tsmmr_ctx_set_initial(ctx, platform, start, &err);
	if (r == 0)
		r = tsmmr_regs_from_values(ctx, TSMMR_VALUES_AUTO, platform, now, strlen(now),
					   &regs, &err);
	if (r == 0)
		r = open_fd_as(ctx, TSMMR_FORMAT_TEXT, platform,
			       m->banks ? "tsm_mr_sample/agile:sha384" : "rtmr3", fd, &stream,
			       &err);
	if (r == 0)
		r = tsmmr_policy_new(ctx, &policy, &err);
	if (r == 0)
		r = tsmmr_policy_require(policy,
					 m->banks ? "tsm_mr_sample/agile:sha256,"
						    "tsm_mr_sample/agile:sha384" :
						    "rtmr3",
					 &err);
	/* What a register of no table begins at, only its SYNC says. */
	if (r == 0 && m->banks)
		r = tsmmr_policy_allow(policy, "unanchored", &err);
	if (r == 0 && allow)
		r = tsmmr_policy_allow(policy, allow, &err);
	if (r == 0)
		r = tsmmr_report_new_stream(ctx, &stream, 1, regs, policy, &report, &err);
	if (r < 0)
		die("report: %s", err.message);
	r = (int)tsmmr_report_verdict(report);
	tsmmr_policy_free(policy);
	tsmmr_report_free(report);
	tsmmr_stream_free(stream);
	tsmmr_regs_free(regs);
	tsmmr_ctx_free(ctx);
	close(fd);
	return r;
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	return remove(path);
}

/* As if nothing had been appended so far. */
static inline void forget_log(struct machine *m)
{
	char path[512];

	below_root(m, "/run/tsmmr", path, sizeof(path));
	if (nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
		die("%s: %s", path, strerror(errno));
	read_register(m, m->start);
}

static inline double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The same numbers every time, for the same seed. */
static inline uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

/* One of the stand-in's switches: "fail_write", "fail_read", "delay_ms", "foreign_extend". */
static inline void set_switch(const struct machine *m, const char *name, const char *value)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/sys/module/tsmmr_standin/parameters/%s", m->root, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) != (ssize_t)strlen(value))
		die("%s: %s", path, strerror(errno));
	close(fd);
}

/* Somebody who knows nothing of our log, through the kernel. */
static inline void foreign_extend(const struct machine *m)
{
	static const uint8_t digest[SIZE] = { 0xf0 };

	if (reg_extend(m->root, CRYPTO_DEFAULT, m->reg, digest, SIZE, NULL) < 0)
		die("foreign extend");
}
