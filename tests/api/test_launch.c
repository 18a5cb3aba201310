/* SPDX-License-Identifier: BSD-2-Clause */
/* Launches as logs: tests/data/launch, which mkimage.py makes, and what cannot be believed. */
#include "testing.h"

#include <ctype.h>
#include <sys/mman.h>

#define LAUNCH_DATA TEST_DATA "/launch/"
#define FILES_MAX 8

/* One launch: its context, its files, and a log that is read from one of them. */
struct guest {
	struct tsmmr_ctx *ctx;
	struct tsmmr_launch *launch;
	int fds[FILES_MAX];
	size_t n_fds;
	int log; /* -1: the images are the log */
	int format, platform;
};

static int open_data(const char *name)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s%s", LAUNCH_DATA, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail_msg("%s is not there", path);
	return fd;
}

static void guest_new(struct guest *g)
{
	*g = (struct guest){ .log = -1 };
	assert_int_equal(tsmmr_ctx_new(0, &g->ctx, NULL), 0);
	assert_int_equal(tsmmr_launch_new(&g->launch, NULL), 0);
}

static void guest_free(struct guest *g)
{
	tsmmr_launch_free(g->launch);
	tsmmr_ctx_free(g->ctx);
	for (size_t i = 0; i < g->n_fds; i++)
		close(g->fds[i]);
}

static int keep(struct guest *g, int fd)
{
	assert_true(g->n_fds < FILES_MAX);
	g->fds[g->n_fds++] = fd;
	return fd;
}

/* As the command line has it: options of this test's own, and a file that is the log. */
static void guest_args(struct guest *g, char *args)
{
	char *word;

	while ((word = strsep(&args, " "))) {
		char *value = !strncmp(word, "--", 2) ? strsep(&args, " ") : NULL;
		char *name = value && strchr(value, '=') ? strsep(&value, "=") : NULL;

		if (!strcmp(word, "--image")) {
			assert_int_equal(tsmmr_launch_set_image_fd(g->launch, name,
								   keep(g, open_data(value)), NULL),
					 0);
		} else if (!strcmp(word, "--launch") && isdigit(*value)) {
			assert_int_equal(tsmmr_launch_set_u64(g->launch, name,
							      strtoull(value, NULL, 0), NULL),
					 0);
		} else if (!strcmp(word, "--launch")) {
			assert_int_equal(tsmmr_launch_set_word(g->launch, name, value, NULL), 0);
		} else if (!strcmp(word, "--platform")) {
			assert_int_equal(tsmmr_name_find(TSMMR_NAMES_PLATFORM, value, &g->platform),
					 0);
		} else {
			g->log = keep(g, open_data(word));
		}
	}
}

static int guest_open(const struct guest *g, struct tsmmr_stream **ret, struct tsmmr_error *err)
{
	struct tsmmr_input *input;
	int r;

	if (g->log < 0)
		return tsmmr_stream_open_launch(g->ctx, g->launch, g->platform, ret, err);
	lseek(g->log, 0, SEEK_SET);
	assert_code(input_as(g->format, g->platform, NULL, &input, NULL), 0);
	assert_code(tsmmr_input_set_launch(input, g->launch, NULL), 0);
	r = tsmmr_stream_open_fd(g->ctx, input, g->log, ret, err);
	tsmmr_input_free(input);
	return r;
}

/* The log, frozen; NULL and its error. */
static struct tsmmr_log *guest_log(const struct guest *g, struct tsmmr_error *err)
{
	struct tsmmr_stream *s = NULL;
	struct tsmmr_log *log = NULL;

	*err = (struct tsmmr_error)ERROR_INIT;
	if (guest_open(g, &s, err) == 0)
		tsmmr_log_from_stream(g->ctx, s, &log, err);
	tsmmr_stream_free(s);
	return log;
}

static struct tsmmr_regs *regs_of(const struct guest *g, const char *values)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_regs *regs = NULL;
	int platform = g->platform;

	/* A name that two platforms have is this one's. */
	if (!platform && !strncmp(values, "pcr", 3))
		platform = TSMMR_PLATFORM_NITRO;
	if (tsmmr_regs_from_values(g->ctx, TSMMR_VALUES_AUTO, platform, values, strlen(values),
				   &regs, &err) < 0)
		fail_msg("%s: %s", values, err.message);
	return regs;
}

static struct tsmmr_report *held(const struct guest *g, struct tsmmr_log *const *logs, size_t n,
				 const char *values)
{
	struct tsmmr_regs *regs = regs_of(g, values);
	struct tsmmr_report *report = NULL;

	assert_int_equal(tsmmr_report_new(g->ctx, logs, n, regs, NULL, &report, NULL), 0);
	tsmmr_regs_free(regs);
	return report;
}

/* The same launch told by two logs.  (The same log twice is refused.) */
static struct tsmmr_report *held_twice(struct guest *g, struct tsmmr_log *log, const char *values)
{
	struct tsmmr_stream *streams[2];
	struct tsmmr_report *report;
	struct tsmmr_regs *regs = regs_of(g, values);

	assert_int_equal(tsmmr_report_new(g->ctx, (struct tsmmr_log *[]){ log, log }, 2, regs, NULL,
					  &report, NULL),
			 TSMMR_E_ARG);
	for (size_t i = 0; i < N_OF(streams); i++)
		assert_int_equal(tsmmr_stream_open_log(g->ctx, log, &streams[i], NULL), 0);
	assert_int_equal(tsmmr_report_new_stream(g->ctx, streams, N_OF(streams), regs, NULL,
						 &report, NULL),
			 0);
	for (size_t i = 0; i < N_OF(streams); i++)
		tsmmr_stream_free(streams[i]);
	tsmmr_regs_free(regs);
	return report;
}

static int has_finding(const struct tsmmr_report *report, const char *prefix)
{
	const struct tsmmr_finding *f;

	for (size_t i = 0; (f = tsmmr_report_finding(report, i)); i++)
		if (!strncmp(tsmmr_finding_id(f), prefix, strlen(prefix)))
			return 1;
	return 0;
}

/* Every measured event of that register is proven and bound, or none is. */
static void check_proven(const struct tsmmr_report *report, const struct tsmmr_log *log,
			 const char *reg, int proven)
{
	for (size_t i = 0; i < tsmmr_log_count(log); i++) {
		const struct tsmmr_event *e = tsmmr_log_get(log, i);
		const char *rule = NULL;

		if (!tsmmr_event_is_measured(e) || strcmp(tsmmr_event_register(e), reg) != 0)
			continue;
		assert_int_equal(tsmmr_report_is_event_proven(report, 0, i), proven);
		if (!proven)
			continue;
		/* Where one section of an enclave image ends is not measured. */
		if (!strncmp(reg, "pcr", 3) && strcmp(reg, "pcr8") != 0) {
			assert_int_equal(tsmmr_event_binding(e, &rule), TSMMR_BINDING_UNBOUND);
			continue;
		}
		assert_int_equal(tsmmr_event_binding(e, &rule), TSMMR_BINDING_BOUND);
		assert_string_equal(rule, "LAUNCH");
	}
}

static void check_row(struct guest *g, const char *args, char *reg, const char *hex)
{
	struct tsmmr_error err;
	struct tsmmr_log *log = guest_log(g, &err);
	struct tsmmr_log *logs[1] = { log };
	char values[256] = "", *colon = strchr(reg, ':'), *last, was;
	struct tsmmr_report *report;
	int known = strcmp(hex, "-") != 0;
	const uint8_t *value;
	size_t n;

	if (!log)
		fail_msg("%s: %s", args, err.message);
	snprintf(values, sizeof(values), "%s=%s", reg, known ? hex : "");
	if (!known)
		memset(values + strlen(values), '0', strstr(reg, "384") ? 96 : 64);
	*colon = '\0';
	report = held(g, logs, 1, values);
	if (verdict_for(g->ctx, report, reg, NULL) !=
	    (known ? TSMMR_VERDICT_VERIFIED : TSMMR_VERDICT_INCOMPLETE)) {
		tsmmr_report_summary(report, err.message, sizeof(err.message));
		fail_msg("%s: %s", args, err.message);
	}
	check_proven(report, log, reg, known);
	assert_true(has_finding(report, "LAUNCH_ASSUMED"));
	assert_int_equal(has_finding(report, "LAUNCH_ID_BLOCK"), !!strstr(args, "igvm-id"));
	if (!known) {
		assert_string_equal(tsmmr_gap_word(tsmmr_report_gap(report, 0, 0)),
				    "missing-image");
		assert_int_equal(tsmmr_report_replayed(report, 0, &value, &n), TSMMR_E_NOTFOUND);
		assert_true(has_finding(report, "IMAGE_") || has_finding(report, "LAUNCH_STEP_"));
	}
	tsmmr_report_free(report);

	/* Another value, and another launch beside it, are never explained. */
	last = &values[strlen(values) - 1];
	was = *last;
	*last = was == '0' ? '1' : '0';
	report = held(g, logs, 1, values);
	assert_int_equal(verdict_for(g->ctx, report, reg, NULL),
			 known ? TSMMR_VERDICT_MISMATCH : TSMMR_VERDICT_INCOMPLETE);
	tsmmr_report_free(report);
	*last = was;
	report = held_twice(g, log, values);
	assert_int_equal(verdict_for(g->ctx, report, reg, NULL),
			 known ? TSMMR_VERDICT_MISMATCH : TSMMR_VERDICT_INCOMPLETE);
	assert_true(has_finding(report, "LAUNCH_TWICE"));
	tsmmr_report_free(report);
	tsmmr_log_free(log);
}

static void launches_replay(void **state)
{
	struct bytes table = read_data("launch/expect.tsv");
	char *text = strndup((const char *)table.p, table.n), *rest = text, *line;
	size_t n = 0;

	while ((line = strsep(&rest, "\n"))) {
		char *args = strsep(&line, "\t"), *reg = strsep(&line, "\t"), *copy;
		struct guest g;

		if (!line || *args == '#')
			continue;
		copy = strdup(args);
		guest_new(&g);
		guest_args(&g, copy);
		check_row(&g, args, reg, line);
		guest_free(&g);
		free(copy);
		n++;
	}
	assert_true(n > 40);
	free(text);
	free(table.p);
}

/* clang-format off */
static const struct {
	const char *names;	/* with one blank between them */
	int format;		/* TSMMR_FORMAT_AUTO: firmware */
	int code;
} refused[] = {
	{ "bad-crc.eif bad-offset.eif bad-trailing.eif bad-count.eif bad-no-ramdisk.eif "
	  "bad-signature-empty.eif bad-signature-more.eif bad-signature-der.eif",
	  TSMMR_FORMAT_EIF, TSMMR_E_MALFORMED },
	{ "bad-version.eif bad-order.eif bad-ramdisk-first.eif bad-two-kernels.eif "
	  "bad-unknown-section.eif bad-signature-twice.eif",
	  TSMMR_FORMAT_EIF, TSMMR_E_UNSUPPORTED },
	{ "bad-cut.eif bad-cut-header.eif bad-missing-section.eif", TSMMR_FORMAT_EIF,
	  TSMMR_E_TRUNCATED },
	{ "bad-realm-create-short.bin bad-realm-create-twice.bin bad-realm-create-late.bin "
	  "bad-realm-create-s2sz.bin bad-realm-ripas-odd.bin bad-realm-ripas-empty.bin "
	  "bad-realm-ripas-wrap.bin bad-realm-ripas-short.bin bad-realm-image-wrap.bin "
	  "bad-realm-image-short.bin bad-realm-image-twice.bin bad-realm-rec-short.bin "
	  "bad-realm-digests.bin",
	  TSMMR_FORMAT_REALM, TSMMR_E_MALFORMED },
	{ "bad-realm-index.bin bad-realm-type.bin bad-realm-tag.bin bad-realm-tag-size.bin "
	  "bad-realm-create-alg.bin",
	  TSMMR_FORMAT_REALM, TSMMR_E_UNSUPPORTED },
	{ "bad-realm-ripas-huge.bin bad-realm-log-huge.bin", TSMMR_FORMAT_REALM, TSMMR_E_LIMIT },
	{ "bad-realm-cut.bin", TSMMR_FORMAT_REALM, TSMMR_E_TRUNCATED },
	{ "bad-tdvf-odd.fd bad-tdvf-empty.fd bad-tdvf-raw.fd bad-tdvf-beyond.fd "
	  "bad-tdvf-beyond-start.fd bad-tdvf-wrap.fd bad-tdvf-aug-extend.fd "
	  "bad-tdvf-signature.fd bad-tdvf-guid.fd bad-tdvf-footer-length.fd "
	  "bad-tdvf-footer-long.fd bad-tdvf-distance.fd bad-tdvf-distance-short.fd "
	  "bad-snp-odd.fd bad-snp-empty.fd bad-snp-secrets-size.fd bad-snp-size.fd "
	  "bad-snp-signature.fd bad-snp-hashes-none.fd bad-snp-hashes-late.fd "
	  "bad-snp-hashes-elsewhere.fd",
	  TSMMR_FORMAT_AUTO, TSMMR_E_MALFORMED },
	{ "bad-tdvf-huge.fd bad-snp-huge.fd", TSMMR_FORMAT_AUTO, TSMMR_E_LIMIT },
	{ "bad-tdvf-count.fd bad-tdvf-version.fd bad-snp-type.fd bad-snp-count.fd "
	  "bad-snp-version.fd",
	  TSMMR_FORMAT_AUTO, TSMMR_E_UNSUPPORTED },
	{ "bad-igvm-size.bin bad-igvm-offset.bin bad-igvm-offset-odd.bin bad-igvm-headers.bin "
	  "bad-igvm-crc.bin bad-igvm-length.bin bad-igvm-length-huge.bin bad-igvm-cut.bin "
	  "bad-igvm-data-before.bin bad-igvm-data-beyond.bin bad-igvm-gpa-odd.bin "
	  "bad-igvm-gpa-wrap.bin bad-igvm-platform-twice.bin bad-igvm-platform-bits.bin "
	  "bad-igvm-platform-late.bin bad-igvm-order.bin bad-igvm-area-twice.bin "
	  "bad-igvm-area-odd.bin bad-igvm-area-empty.bin bad-igvm-insert-none.bin "
	  "bad-igvm-insert-twice.bin bad-igvm-insert-wrap.bin bad-igvm-context-none.bin "
	  "bad-igvm-context-tdx.bin bad-igvm-id-twice.bin",
	  TSMMR_FORMAT_AUTO, TSMMR_E_MALFORMED },
	{ "bad-igvm-area-huge.bin bad-igvm-areas.bin bad-igvm-insert-many.bin",
	  TSMMR_FORMAT_AUTO, TSMMR_E_LIMIT },
	{ "bad-igvm-version.bin bad-igvm-unknown.bin bad-igvm-optional-known.bin "
	  "bad-igvm-big.bin bad-igvm-flags.bin bad-igvm-data-type.bin bad-igvm-reserved.bin "
	  "bad-igvm-secrets-tdx.bin bad-igvm-relocatable.bin bad-igvm-arch.bin "
	  "bad-igvm-page-size.bin",
	  TSMMR_FORMAT_AUTO, TSMMR_E_UNSUPPORTED },
	{ "bad-igvm-magic.bin bad-igvm-platforms.bin bad-igvm-short.bin "
	  "bad-tdvf-footer.fd bad-tdvf-entry-length.fd bad-tdvf-short.fd kernel.bin",
	  TSMMR_FORMAT_AUTO, TSMMR_E_FORMAT },
};
/* clang-format on */

static void refuse(const char *name, int format, int code)
{
	bool igvm = strstr(name, "igvm");
	struct tsmmr_error err;
	struct tsmmr_log *log;
	struct guest g;

	guest_new(&g);
	g.format = format;
	if (format)
		g.log = keep(&g, open_data(name));
	else
		assert_int_equal(tsmmr_launch_set_image_fd(g.launch, igvm ? "igvm" : "firmware",
							   keep(&g, open_data(name)), NULL),
				 0);
	if (!igvm)
		assert_int_equal(tsmmr_launch_set_image_fd(g.launch, "kernel",
							   keep(&g, open_data("kernel.bin")), NULL),
				 0);
	log = guest_log(&g, &err);
	if (log || err.code != code)
		fail_msg("%s: %d, %s", name, log ? 0 : err.code, log ? "taken" : err.message);
	assert_true(err.message[0]);
	guest_free(&g);
}

static void hostile_images_are_refused(void **state)
{
	for (size_t i = 0; i < N_OF(refused); i++) {
		char *names = strdup(refused[i].names), *rest = names, *name;

		while ((name = strsep(&rest, " ")))
			refuse(name, refused[i].format, refused[i].code);
		free(names);
	}
}

/* The descriptor of a file in memory with these bytes. */
static int memory_file(struct bytes b)
{
	int fd = memfd_create("launch", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, b.p, b.n, 0), (ssize_t)b.n);
	return fd;
}

/* What an event says, or nothing where it is not measured. */
static void text_of(const struct tsmmr_event *e, char *text, size_t size)
{
	text[0] = '\0';
	if (tsmmr_event_is_measured(e))
		tsmmr_event_text(e, text, size);
}

/* A changed log that still explains the register says of each step what the true one says. */
static void check_same_story(const struct tsmmr_log *a, const struct tsmmr_log *b)
{
	char x[512], y[512];

	assert_int_equal(tsmmr_log_count(a), tsmmr_log_count(b));
	for (size_t i = 0; i < tsmmr_log_count(a); i++) {
		text_of(tsmmr_log_get(a, i), x, sizeof(x));
		text_of(tsmmr_log_get(b, i), y, sizeof(y));
		assert_string_equal(x, y);
	}
}

/* Flips a bit of each byte of fd's file, which is g's log or firmware.  How many got by. */
static size_t flip_all(struct guest *g, int fd, struct bytes b, const char *reg, const char *values)
{
	size_t step = slow() ? 199 : b.n > 4096 ? 7 : 1, got_by = 0;
	struct tsmmr_error err;
	struct tsmmr_log *truth = guest_log(g, &err);

	assert_non_null(truth);
	for (size_t i = 0; i < b.n; i += step) {
		uint8_t flipped = b.p[i] ^ (uint8_t)(1u << (i % 8));
		struct tsmmr_report *report;
		struct tsmmr_log *log;
		struct tsmmr_log *logs[1];

		assert_int_equal(pwrite(fd, &flipped, 1, (off_t)i), 1);
		log = guest_log(g, &err);
		logs[0] = log;
		if (log) {
			report = held(g, logs, 1, values);
			if (verdict_for(g->ctx, report, reg, NULL) == TSMMR_VERDICT_VERIFIED) {
				check_same_story(truth, log);
				got_by++;
			}
			tsmmr_report_free(report);
			tsmmr_log_free(log);
		}
		assert_int_equal(pwrite(fd, &b.p[i], 1, (off_t)i), 1);
	}
	tsmmr_log_free(truth);
	return got_by;
}

/* What the log as it is replays to, as a line of values. */
static void true_value(const struct guest *g, const char *reg, char *to, size_t size)
{
	struct tsmmr_error err;
	struct tsmmr_log *log = guest_log(g, &err);
	struct tsmmr_report *report;
	const uint8_t *value;
	size_t n, at;

	assert_non_null(log);
	assert_int_equal(tsmmr_report_new(g->ctx, (struct tsmmr_log *const[]){ log }, 1, NULL, NULL,
					  &report, &err),
			 0);
	assert_int_equal(tsmmr_report_replayed(report, 0, &value, &n), 0);
	at = (size_t)snprintf(to, size, "%s:%s=", reg,
			      tsmmr_name(TSMMR_NAMES_HASH,
					 tsmmr_reg_hash(tsmmr_report_reg(report, 0))));
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(to + at, size - at, "%02x", value[i]);
	tsmmr_report_free(report);
	tsmmr_log_free(log);
}

static size_t flips_that_pass(const char *name, int format, const char *reg, char *args)
{
	char path[512], values[256];
	struct bytes b;
	struct guest g;
	size_t n;
	int fd;

	snprintf(path, sizeof(path), "launch/%s", name);
	b = read_data(path);
	guest_new(&g);
	guest_args(&g, args);
	g.format = format;
	fd = keep(&g, memory_file(b));
	if (format)
		g.log = fd;
	else
		assert_int_equal(tsmmr_launch_set_image_fd(
					 g.launch, strstr(name, "igvm") ? "igvm" : "firmware", fd,
					 NULL),
				 0);
	true_value(&g, reg, values, sizeof(values));
	n = flip_all(&g, fd, b, reg, values);
	guest_free(&g);
	free(b.p);
	return n;
}

/* Of an enclave image every byte is under the checksum, of SNP firmware all is measured. */
static void no_byte_can_change(void **state)
{
	char snp[] = "--launch vcpus=2 --launch cpu=0xa00f11 --platform snp";
	char realm[] = "--image kernel=kernel.bin --image initrd=initrd.bin --image dtb=dtb.bin";

	assert_int_equal(flips_that_pass("app-signed.eif", TSMMR_FORMAT_EIF, "pcr0",
					 (char[]){ "--platform nitro" }),
			 0);
	assert_int_equal(flips_that_pass("snp.fd", 0, "measurement", snp), 0);
	/* An IGVM file's headers are under its checksum, its data here are all measured. */
	assert_int_equal(
		flips_that_pass("igvm-id.bin", 0, "measurement", (char[]){ "--platform snp" }), 0);
	assert_int_equal(flips_that_pass("igvm-tdx.bin", 0, "mrtd", (char[]){ "--platform tdx" }),
			 0);
	/* In a realm's log what passes is in records that are not measured. */
	assert_in_range(flips_that_pass("realm-sha256.bin", TSMMR_FORMAT_REALM, "rim", realm),
			slow() ? 0 : 100, 400);
}

/* What was set is in every log that the input is given for; a launch in use is final. */
static void an_input_says_what_is_known(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_input *input;
	struct tsmmr_stream *s;
	struct tsmmr_log *log;
	struct guest g;
	int fd = open_data("realm-sha256.bin");

	guest_new(&g);
	assert_code(tsmmr_input_new(NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_input_new(&input, &err), 0);
	assert_code(tsmmr_input_set_format(input, 999, &err), TSMMR_E_ARG);
	assert_code(tsmmr_input_set_format(NULL, 0, &err), TSMMR_E_ARG);
	assert_code(tsmmr_input_set_platform(input, 999, &err), TSMMR_E_ARG);
	assert_code(tsmmr_input_set_platform(NULL, 0, &err), TSMMR_E_ARG);
	assert_code(tsmmr_input_set_register(NULL, "rim", &err), TSMMR_E_ARG);
	assert_code(tsmmr_input_set_name(NULL, "a", &err), TSMMR_E_ARG);
	assert_code(tsmmr_input_set_launch(NULL, g.launch, &err), TSMMR_E_ARG);
	assert_code(tsmmr_input_set_name(input, "a", &err), 0);
	assert_code(tsmmr_input_set_name(input, "a realm", &err), 0);
	assert_code(tsmmr_input_set_register(input, "rim", &err), 0);
	assert_code(tsmmr_input_set_register(input, NULL, &err), 0);

	assert_code(tsmmr_launch_set_u64(g.launch, "rmm", 1, &err), 0);
	assert_code(tsmmr_input_set_launch(input, g.launch, &err), 0);
	assert_code(tsmmr_launch_set_u64(g.launch, "rmm", 1, &err), TSMMR_E_ARG);
	assert_code(tsmmr_launch_set_image_fd(g.launch, "kernel", fd, &err), TSMMR_E_ARG);
	assert_non_null(strstr(err.message, "final"));
	tsmmr_launch_free(g.launch);
	g.launch = NULL;

	assert_code(tsmmr_stream_open_fd(g.ctx, input, fd, &s, &err), 0);
	assert_string_equal(tsmmr_stream_name(s), "a realm");
	tsmmr_stream_free(s);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_code(tsmmr_log_open_fd(g.ctx, input, fd, NULL, &err), TSMMR_E_ARG);
	assert_code(tsmmr_log_open_fd(g.ctx, input, -1, &log, &err), TSMMR_E_ARG);
	assert_code(tsmmr_log_open_fd(g.ctx, input, fd, &log, &err), 0);
	tsmmr_input_free(input);
	close(fd);
	assert_string_equal(tsmmr_log_name(log), "a realm");
	assert_int_equal(tsmmr_log_format(log), TSMMR_FORMAT_REALM);
	tsmmr_log_free(log);
	guest_free(&g);
}

static void arguments(void **state)
{
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_stream *s = NULL;
	struct guest g;
	int fds[2];

	guest_new(&g);
	assert_int_equal(pipe(fds), 0);
	keep(&g, fds[0]);
	keep(&g, fds[1]);
	assert_int_equal(tsmmr_launch_set_image_fd(g.launch, "firmware", fds[0], &err),
			 TSMMR_E_ARG);
	assert_int_equal(tsmmr_launch_set_image_fd(g.launch, "eif", fds[0], &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_launch_set_image_fd(g.launch, NULL, 0, &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_launch_set_image_fd(NULL, "kernel", 0, &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_launch_set_image_fd(g.launch, "kernel", -1, &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_launch_set_image_fd(g.launch, "kernel", 9999, &err), TSMMR_E_IO);
	assert_int_equal(err.os_errno, EBADF);
	assert_int_equal(tsmmr_launch_set_u64(g.launch, "vcpus", 0, &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_launch_set_u64(g.launch, "rmm", 3, &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_launch_set_u64(g.launch, "vcpu", 1, &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_launch_set_u64(g.launch, NULL, 1, &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_launch_set_u64(g.launch, "vmm", 1, &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_launch_set_word(g.launch, "vmm", "xen", &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_launch_set_word(g.launch, "vcpus", "two", &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_launch_set_word(g.launch, "VMM", "qemu", &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_launch_set_word(g.launch, "vmm", NULL, &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_launch_set_word(g.launch, NULL, "qemu", &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_launch_set_word(NULL, "vmm", "qemu", &err), TSMMR_E_ARG);

	assert_int_equal(tsmmr_stream_open_launch(g.ctx, g.launch, 0, &s, &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_stream_open_launch(g.ctx, g.launch, 0, NULL, &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_stream_open_launch(g.ctx, NULL, 0, &s, &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_stream_open_launch(NULL, g.launch, 0, &s, &err), TSMMR_E_ARG);
	guest_args(&g, (char[]){ "--image firmware=both.fd" });
	assert_int_equal(tsmmr_stream_open_launch(g.ctx, g.launch, 0, &s, &err), TSMMR_E_ARG);
	assert_int_equal(tsmmr_stream_open_launch(g.ctx, g.launch, TSMMR_PLATFORM_CCA, &s, &err),
			 TSMMR_E_ARG);
	assert_int_equal(tsmmr_stream_open_launch(g.ctx, g.launch, 99, &s, &err), TSMMR_E_ARG);
	guest_args(&g, (char[]){ "--image initrd=initrd.bin" });
	assert_int_equal(tsmmr_stream_open_launch(g.ctx, g.launch, TSMMR_PLATFORM_SNP, &s, &err),
			 TSMMR_E_ARG);
	/* This firmware has no page for a kernel's hashes. */
	guest_args(&g, (char[]){ "--image kernel=kernel.bin" });
	assert_null(guest_log(&(struct guest){ .ctx = g.ctx,
					       .launch = g.launch,
					       .log = -1,
					       .platform = TSMMR_PLATFORM_SNP },
			      &err));
	assert_int_equal(err.code, TSMMR_E_UNSUPPORTED);
	guest_free(&g);
	guest_new(&g);
	guest_args(&g, (char[]){ "--image eif=app.eif" });
	assert_int_equal(tsmmr_stream_open_launch(g.ctx, g.launch, TSMMR_PLATFORM_SNP, &s, &err),
			 TSMMR_E_ARG);
	guest_free(&g);
}

/* What does not go together, and images of an SVSM that cannot be. */
static void launches_that_cannot_be(void **state)
{
	/* clang-format off */
	static const struct {
		const char *args;
		int code;
	} rows[] = {
		{ "--image firmware=snp.fd --image kernel=kernel.bin --launch vmm=ec2", TSMMR_E_ARG },
		{ "--image firmware=snp.fd --image kernel=kernel.bin --launch vmm=gce", TSMMR_E_ARG },
		{ "--image firmware=snp.fd --image svsm=svsm.bin --launch vmm=gce", TSMMR_E_ARG },
		{ "--image svsm=svsm.bin", TSMMR_E_ARG },
		{ "--image firmware=tdvf.fd --image svsm=svsm.bin --platform tdx", TSMMR_E_ARG },
		{ "--image firmware=snp.fd --image svsm=svsm.bin --image kernel=kernel.bin",
		  TSMMR_E_ARG },
		{ "--image firmware=snp.fd --image svsm=snp.fd --launch vcpus=1 --launch cpu=1",
		  TSMMR_E_UNSUPPORTED },
		{ "--image firmware=snp.fd --image svsm=svsm.bin --launch vars=1",
		  TSMMR_E_MALFORMED },
		{ "--image firmware=snp.fd --image svsm=svsm.bin --launch vars=0xfffff000",
		  TSMMR_E_MALFORMED },
		{ "--image firmware=snp.fd --image svsm=svsm.bin --launch vars=0xffffc000",
		  TSMMR_E_MALFORMED },
		{ "--image firmware=snp.fd --image svsm=kernel.bin", TSMMR_E_FORMAT },
		{ "--image igvm=igvm.bin", TSMMR_E_ARG },
		{ "--image igvm=igvm-id.bin --platform tdx", TSMMR_E_ARG },
		{ "--image igvm=igvm.bin --platform cca", TSMMR_E_ARG },
		{ "--image igvm=igvm-id.bin --image firmware=snp.fd", TSMMR_E_ARG },
		{ "--image igvm=igvm-id.bin --image kernel=kernel.bin", TSMMR_E_ARG },
		{ "--image firmware=cmdline.txt --image svsm=svsm.bin", TSMMR_E_MALFORMED },
	};
	/* clang-format on */

	for (size_t i = 0; i < N_OF(rows); i++) {
		char *args = strdup(rows[i].args);
		struct tsmmr_error err;
		struct tsmmr_log *log;
		struct guest g;

		guest_new(&g);
		guest_args(&g, args);
		log = guest_log(&g, &err);
		if (log || err.code != rows[i].code)
			fail_msg("%s: %d, %s", rows[i].args, log ? 0 : err.code,
				 log ? "taken" : err.message);
		guest_free(&g);
		free(args);
	}
}

/* A log of one platform is not taken for another's. */
static void platforms(void **state)
{
	static const struct {
		const char *name;
		int platform;
	} wrong[] = {
		{ "app.eif", TSMMR_PLATFORM_TDX },
		{ "app.eif", TSMMR_PLATFORM_TPM },
		{ "realm-sha256.bin", TSMMR_PLATFORM_TDX },
		{ "realm-sha256.bin", TSMMR_PLATFORM_TPM },
	};

	for (size_t i = 0; i < N_OF(wrong); i++) {
		struct tsmmr_error err;
		struct guest g;

		guest_new(&g);
		g.platform = wrong[i].platform;
		g.log = keep(&g, open_data(wrong[i].name));
		assert_null(guest_log(&g, &err));
		assert_int_equal(err.code, TSMMR_E_ARG);
		guest_free(&g);
	}
}

int main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(launches_replay),
		cmocka_unit_test(hostile_images_are_refused),
		cmocka_unit_test(no_byte_can_change),
		cmocka_unit_test(an_input_says_what_is_known),
		cmocka_unit_test(arguments),
		cmocka_unit_test(launches_that_cannot_be),
		cmocka_unit_test(platforms),
	};
	/* clang-format on */

	return cmocka_run_group_tests_name("launch", tests, NULL, NULL);
}
