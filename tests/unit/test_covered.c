/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a rule lets be trusted is what its digest covers, and nothing else: while the digest
 * stays, whatever is changed in an event, it is trusted to say the same or nothing at all.
 *
 *	test_covered		events made for each rule, and the logs of tests/data
 *	test_covered DIR…	the logs that are in there
 */
#include "testing.h"

#include <ftw.h>

#include "core/event.h"
#include "core/log.h"
#include "crypto/hash.h"
#include "format/cel.h"
#include "format/format.h"
#include "format/tcg2.h"
#include "format/text.h"
#include "format/uefi.h"
#include "platform/platforms.h"

#define LIT(s) span_of((s), sizeof(s) - 1)

static struct hashers set;
static uint64_t n_trials, n_events;

/* "trusted_text" and "details" of a proven event; false when nothing is trusted. */
static bool trusted(const struct tsmmr_event *e, struct buf *ret)
{
	_cleanup_(buf_done) struct buf out = { 0 };
	const char *text, *data, *details;

	assert_code(event_json(e, 0, 1, &set, &out), 0);
	buf_char(&out, 0);
	assert_false(out.failed);
	text = strstr((char *)out.p, ",\"trusted_text\":");
	data = strstr((char *)out.p, ",\"data\":");
	details = strstr((char *)out.p, ",\"details\":");
	assert_true(text && data > text && details > data);
	if (!strncmp(text, ",\"trusted_text\":null", 20))
		return false;

	ret->n = 0;
	buf_add(ret, text, (size_t)(data - text));
	buf_str(ret, details);
	buf_char(ret, 0);
	assert_false(ret->failed);
	return true;
}

/* One changed event.  1 when it is trusted to say something else than the original. */
static size_t says_another(const struct tsmmr_event *e, const struct buf *want, bool quiet)
{
	_cleanup_(buf_done) struct buf got = { 0 };

	n_trials++;
	if (!trusted(e, &got) || !strcmp((char *)got.p, (char *)want->p))
		return 0;
	if (!quiet)
		print_error("type 0x%x: %s\n     became %s\n", e->type, (char *)want->p,
			    (char *)got.p);
	return 1;
}

/* Words that data may begin with, as GRUB's do, and what stands in their place. */
static size_t change_words(const struct tsmmr_event *e, const struct buf *want, bool quiet)
{
	static const char *const words[] = {
		"grub_cmd: ",           "kernel_cmdline: ",
		"module_cmdline: ",     "grub_cmd ",
		"grub_kernel_cmdline ", "SYNC ",
		"cryptsetup:",          "",
	};
	size_t bad = 0;

	for (size_t i = 0; i < N_OF(words); i++)
		for (size_t k = 0; k < N_OF(words); k++) {
			size_t skip = strlen(words[i]), n = strlen(words[k]);
			struct tsmmr_event changed = *e;
			uint8_t *copy;

			if (!span_starts(e->data, words[i], skip))
				continue;
			copy = malloc(n + e->data.n - skip + 1);
			assert_non_null(copy);
			memcpy(copy, words[k], n);
			if (e->data.n > skip)
				memcpy(copy + n, e->data.p + skip, e->data.n - skip);
			changed.data = span_of(copy, n + e->data.n - skip);
			bad += says_another(&changed, want, quiet);
			free(copy);
		}
	return bad;
}

/* What stands beside the data, and is in no digest. */
static size_t change_besides(const struct tsmmr_event *e, const struct buf *want, bool quiet)
{
	static const char *const names[] = {
		"ima",     "ima-ng",   "ima-sig",      "ima-buf",       "ima-ngv2",    "ima-modsig",
		"evm-sig", "d-ng|sig", "sig|n-ng|buf", "n-ng|d-ng|buf", "no-template", "",
	};
	static const char *const asides[] = { "", "{\"eventType\":\"volume-key\"}" };
	struct tsmmr_event changed = *e;
	size_t bad = 0;

	for (size_t i = 0; i < N_OF(names); i++) {
		changed.name = span_of(names[i], strlen(names[i]));
		bad += says_another(&changed, want, quiet);
	}
	changed.name = e->name;
	for (size_t i = 0; i < N_OF(asides); i++) {
		changed.aside = span_of(asides[i], strlen(asides[i]));
		bad += says_another(&changed, want, quiet);
	}
	return bad;
}

/* The oracle.  How many changes are trusted; -1 when nothing of the event itself is. */
static long changes_trusted(const struct tsmmr_event *e, size_t most, bool quiet)
{
	static const uint8_t masks[] = { 0x01, 0x20, 0x80, 0xff };
	_cleanup_(buf_done) struct buf want = { 0 };
	struct tsmmr_event changed = *e;
	size_t bad = 0, n = e->data.n, step = n / most + 1;
	uint8_t *copy;

	/* Of a launch the decoder says what is bound: steps_of_a_launch(). */
	if (e->mark == MARK_LAUNCH || !trusted(e, &want))
		return -1;
	n_events++;
	copy = malloc(n + 1);
	assert_non_null(copy);
	if (n)
		memcpy(copy, e->data.p, n);
	for (size_t i = 0; i < n; i += step)
		for (size_t k = 0; k < N_OF(masks); k++) {
			copy[i] ^= masks[k];
			changed.data = span_of(copy, n);
			bad += says_another(&changed, &want, quiet);
			copy[i] ^= masks[k];
		}
	for (size_t k = 0; k < N_OF(masks); k++) { /* one byte more */
		copy[n] = masks[k] & 0xfe;
		changed.data = span_of(copy, n + 1);
		bad += says_another(&changed, &want, quiet);
	}
	for (size_t k = 1; k <= 2 && k <= n; k++) { /* and fewer */
		changed.data = span_of(copy, n - k);
		bad += says_another(&changed, &want, quiet);
	}
	free(copy);
	bad += change_words(e, &want, quiet);
	bad += change_besides(e, &want, quiet);
	return (long)bad;
}

/* ---- events made for each rule ---- */

static struct span variable(struct maker *m, const char *name, const void *value, size_t n)
{
	m->n = 0;
	mk_fill(m, 0x11, 16);
	mk_le(m, strlen(name), 8);
	mk_le(m, n, 8);
	for (const char *p = name; *p; p++)
		mk_le(m, (uint8_t)*p, 2);
	mk_add(m, value, n);
	return span_of(m->bytes, m->n);
}

static struct span gpt(struct maker *m)
{
	m->n = 0;
	mk_fill(m, 0x11, 56);
	mk_fill(m, 0xd1, 16);
	mk_fill(m, 0x22, 12);
	mk_le(m, 128, 4);
	mk_fill(m, 0x33, 4);
	mk_le(m, 2, 8);
	for (uint8_t i = 0; i < 2; i++) {
		mk_fill(m, (uint8_t)(0x40 + i), 16);
		mk_fill(m, (uint8_t)(0xa1 + i), 16);
		mk_fill(m, (uint8_t)(0x50 + i), 24);
		mk_add(m, "r\0o\0o\0t\0", 8);
		mk_fill(m, 0, 64);
	}
	return span_of(m->bytes, m->n);
}

/* Which rules have bound an event that was made for them. */
static bool seen[64];

static void check_made(const struct event_class *class, uint32_t type, uint8_t mark, int alg,
		       struct span name, struct span data)
{
	struct hasher *h;
	bool any = false;

	assert_code(hashers_get(&set, (uint16_t)alg, &h), 0);
	for (size_t i = 0; i < *class->n_rules; i++) {
		uint8_t value[TSMMR_HASH_SIZE_MAX] = { 0 };
		struct tsmmr_event e = {
			.platform = &platform_tpm,
			.class = class,
			.type = type,
			.mark = mark,
			.measured = true,
			.n_digests = 1,
			.digests = &(const struct digest){ (uint16_t)alg,
							   span_of(value, h->alg->size) },
			.name = name,
			.data = data,
			.aside = LIT("{\"eventType\":\"phase\"}"),
		};
		int r = event_rule_digest(&e, i, h, value);

		assert_true(r >= 0);
		if (!r)
			continue;
		any = true;
		if (class == &tcg_class)
			seen[i] = true;
		assert_int_equal(changes_trusted(&e, SIZE_MAX - 1, false), 0);
	}
	assert_true(any);
}

static void made_of_tcg(uint32_t type, struct span data)
{
	check_made(&tcg_class, type, MARK_NONE, TSMMR_HASH_SHA256, LIT(""), data);
}

static void texts_and_tables(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	static const uint32_t whole[] = {
		EV_SEPARATOR,
		EV_EFI_ACTION,
		EV_ACTION,
		EV_NONHOST_INFO,
		EV_COMPACT_HASH,
		EV_OMIT_BOOT_DEVICE_EVENTS,
		EV_S_CRTM_VERSION,
		EV_IPL,
		EV_PLATFORM_CONFIG_FLAGS,
		EV_TABLE_OF_DEVICES,
		EV_POST_CODE,
		EV_IPL_PARTITION_DATA,
		EV_EFI_SPDM_DEVICE_AUTHORITY,
	};

	for (size_t i = 0; i < N_OF(whole); i++) {
		made_of_tcg(whole[i], LIT("some words"));
		made_of_tcg(whole[i], LIT("\1\0\0\0"));
	}
	made_of_tcg(EV_SEPARATOR, LIT("\377\377\377\377"));
	check_made(&tcg_class, EV_ACTION, MARK_LINE, TSMMR_HASH_SHA384, LIT(""), LIT("a b c"));
	made_of_tcg(EV_EFI_GPT_EVENT, gpt(m));
	made_of_tcg(EV_EFI_GPT_EVENT2, gpt(m));
	made_of_tcg(EV_EVENT_TAG, LIT("LEAA\5\0\0\0a b c"));
	made_of_tcg(EV_EVENT_TAG, LIT("\1\0\1\100\4\0\0\0abcd"));
	made_of_tcg(EV_EVENT_TAG, LIT("\354\42;\217\1\0\0\0x"));
	free(m);
}

static void variables(void **state)
{
	static const uint32_t types[] = {
		EV_EFI_VARIABLE_DRIVER_CONFIG, EV_EFI_VARIABLE_BOOT,      EV_EFI_VARIABLE_BOOT2,
		EV_EFI_VARIABLE_AUTHORITY,     EV_EFI_SPDM_DEVICE_POLICY,
	};
	/* "UiApp", and a device path of one end node. */
	static const char option[] = "\1\0\0\0\4\0U\0i\0A\0p\0p\0\0\0\177\377\4\0tail";
	struct maker *m = calloc(1, sizeof(*m));

	for (size_t i = 0; i < N_OF(types); i++)
		for (int alg = TSMMR_HASH_SHA1; alg <= TSMMR_HASH_SHA256;
		     alg += TSMMR_HASH_SHA256 - TSMMR_HASH_SHA1) {
			check_made(&tcg_class, types[i], 0, alg, LIT(""),
				   variable(m, "SecureBoot", "\1", 1));
			check_made(&tcg_class, types[i], 0, alg, LIT(""),
				   variable(m, "Boot0001", option, sizeof(option) - 1));
			check_made(&tcg_class, types[i], 0, alg, LIT(""),
				   variable(m, "db",
					    "sixteen bytes id and a hash of 32 bytes here.", 45));
			check_made(&tcg_class, types[i], 0, alg, LIT(""),
				   variable(m, "BootOrder", "", 0));
		}
	free(m);
}

static void words_of_grub(void **state)
{
	made_of_tcg(EV_IPL, LIT("grub_cmd: set root=hd0"));
	made_of_tcg(EV_IPL, LIT("grub_cmd: set root=hd0\0"));
	made_of_tcg(EV_IPL, LIT("grub_cmd: kernel_cmdline: init=/bin/sh\0"));
	made_of_tcg(EV_IPL, LIT("kernel_cmdline: /vmlinuz ro\0"));
	made_of_tcg(EV_IPL, LIT("module_cmdline: \0"));
	made_of_tcg(EV_IPL, LIT("grub_cmd ls\0x"));
	made_of_tcg(EV_IPL, LIT("grub_kernel_cmdline /vmlinuz\0_"));
	made_of_tcg(EV_IPL, LIT("r\0w\0 \0x\0\0"));
	made_of_tcg(EV_IPL, LIT("\1\2\3\4"));
	made_of_tcg(EV_IPL, LIT(".\0l\0i\0n\0u\0x\0\0\0"));
}

static void events_of_dstack(void **state)
{
	made_of_tcg(DSTACK_EVENT, LIT("\1\0\0\10:app-id:\1\2\3"));
	made_of_tcg(DSTACK_EVENT, LIT("\1\0\0\10:key-provider:{\"name\":\"none\"}"));
	made_of_tcg(DSTACK_EVENT, LIT("{\"name\":\"a\",\"payload\":\"00\",\"type\":134217729}"));
	made_of_tcg(DSTACK_EVENT, LIT("neither"));
}

/* Of the tcg table, every row was seen to bind something. */
static void every_rule_was_tried(void **state)
{
	for (size_t i = 0; i < tcg_n_rules; i++)
		if (!seen[i])
			fail_msg("no event was made for %s of %s", tcg_rules[i].id,
				 tcg_type_name(tcg_rules[i].type));
}

static void records_of_ima(void **state)
{
	static const char *const names[] = { "ima-ng", "ima-sig", "ima-buf", "d-ng|n-ng", "?" };
	uint8_t legacy[276] = "twenty bytes of hash/usr/bin/sh";
	struct maker *m = calloc(1, sizeof(*m));

	mk_le(m, 8 + 32, 4);
	mk_add(m, "sha256:\0", 8);
	mk_fill(m, 0x5a, 32);
	mk_le(m, 12, 4);
	mk_add(m, "/usr/bin/sh\0", 12);
	for (size_t i = 0; i < N_OF(names); i++) {
		if (i == 1 || i == 2) {
			mk_le(m, 3, 4);
			mk_add(m, "\3\2\4", 3);
		}
		check_made(&ima_class, 0, 0, TSMMR_HASH_SHA256, span_of(names[i], strlen(names[i])),
			   span_of(m->bytes, m->n));
	}
	check_made(&ima_class, 0, 0, TSMMR_HASH_SHA1, LIT("ima"), span_of(legacy, sizeof(legacy)));
	check_made(&ima_class, 0, 0, TSMMR_HASH_SHA1, LIT("ima-ng"), LIT("no fields at all"));
	free(m);
}

static void other_classes(void **state)
{
	const struct event_class *cos = cel_class(CEL_CONTENT_COS);
	const struct event_class *systemd = cel_class(TSMMR_CONTENT_SYSTEMD);

	for (uint32_t type = LINE_RECORD; type <= LINE_INIT; type++)
		check_made(&text_class, type, 0, TSMMR_HASH_SHA384, LIT(""), LIT("a b c d"));
	check_made(cos, 4, 0, TSMMR_HASH_SHA256, LIT(""), LIT("\4\0\0\0\3abc"));
	check_made(systemd, 0, 0, TSMMR_HASH_SHA256, LIT(""), LIT("enter-initrd"));
	check_made(systemd, 0, 0, TSMMR_HASH_SHA256, LIT(""), LIT("w\\303\\266\\nrd\\\\"));
}

/* A digest in a bank that nobody vouches for must not choose the rule. */
static void banks_agree(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct span data = variable(m, "Boot0001", "\1\0\2\0", 4);
	uint8_t sha256[32] = { 0 }, sha1[20] = { 0 };
	const struct digest digests[] = { { TSMMR_HASH_SHA256, span_of(sha256, 32) },
					  { TSMMR_HASH_SHA1, span_of(sha1, 20) } };
	struct tsmmr_event e = {
		.platform = &platform_tpm,
		.class = &tcg_class,
		.type = EV_EFI_VARIABLE_BOOT,
		.measured = true,
		.n_digests = 2,
		.digests = digests,
		.data = data,
	};
	_cleanup_(buf_done) struct buf said = { 0 };
	struct hasher *h;

	assert_code(hashers_get(&set, TSMMR_HASH_SHA256, &h), 0);
	assert_code(hash_bytes(h, data.p + data.n - 4, 4, sha256), 0);
	assert_code(hashers_get(&set, TSMMR_HASH_SHA1, &h), 0);
	assert_code(hash_bytes(h, data.p + data.n - 4, 4, sha1), 0);
	assert_true(trusted(&e, &said));
	assert_null(strstr((char *)said.p, "Boot0001"));
	assert_code(hash_bytes(h, data.p, data.n, sha1), 0);
	assert_false(trusted(&e, &said));
	free(m);
}

/* ---- launches ---- */

static struct tsmmr_launch *launch;

/* The log of a realm that was given its images. */
static struct tsmmr_log *realm_log(const struct tsmmr_ctx *ctx, const struct bytes *b)
{
	struct tsmmr_input *input;
	struct tsmmr_log *log = NULL;

	assert_code(input_as(TSMMR_FORMAT_REALM, TSMMR_PLATFORM_CCA, NULL, &input, NULL), 0);
	assert_code(tsmmr_input_set_launch(input, launch, NULL), 0);
	tsmmr_log_parse(ctx, input, b->p, b->n, &log, NULL);
	tsmmr_input_free(input);
	return log;
}

static bool same_value(const struct tsmmr_event *a, const struct tsmmr_event *b)
{
	return b->mark == MARK_LAUNCH && a->asserted.value.n == b->asserted.value.n &&
	       !memcmp(a->asserted.value.p, b->asserted.value.p, a->asserted.value.n);
}

/* One step's data, each byte changed: how many changes were tried that leave the RIM alone. */
static size_t change_step(const struct tsmmr_ctx *ctx, const struct bytes *b,
			  const struct tsmmr_log *log, size_t i)
{
	const struct tsmmr_event *e = &log->events[i];
	_cleanup_(buf_done) struct buf want = { 0 };
	const uint8_t *in;
	size_t tried = 0;

	if (e->mark != MARK_LAUNCH || !trusted(e, &want))
		return 0;
	in = memmem(b->p + e->offset, b->n - e->offset, e->data.p, e->data.n);
	assert_non_null(in);
	for (size_t k = 0; k < e->data.n; k++) {
		struct tsmmr_log *changed;

		b->p[in - b->p + (ptrdiff_t)k] ^= 0x01;
		changed = realm_log(ctx, b);
		if (changed && i < changed->n && same_value(e, &changed->events[i])) {
			assert_int_equal(says_another(&changed->events[i], &want, false), 0);
			tried++;
		}
		tsmmr_log_free(changed);
		b->p[in - b->p + (ptrdiff_t)k] ^= 0x01;
	}
	return tried;
}

static void steps_of_a_launch(void **state)
{
	static const char *const images[] = { "kernel", "initrd", "dtb" };
	struct bytes b = read_data("launch/realm-sha256.bin");
	struct tsmmr_log *log;
	struct tsmmr_ctx *ctx;
	size_t tried = 0;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(tsmmr_launch_new(&launch, NULL), 0);
	for (size_t i = 0; i < N_OF(images); i++) {
		char path[512];
		int fd;

		snprintf(path, sizeof(path), "%s/launch/%s.bin", TEST_DATA, images[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_code(tsmmr_launch_set_image_fd(launch, images[i], fd, NULL), 0);
		close(fd);
	}
	log = realm_log(ctx, &b);
	assert_non_null(log);
	for (size_t i = 0; i < log->n; i++)
		tried += change_step(ctx, &b, log, i);
	assert_true(tried > 0);
	tsmmr_log_free(log);
	tsmmr_launch_free(launch);
	tsmmr_ctx_free(ctx);
	bytes_done(&b);
}

/* ---- the oracle itself ---- */

static int feed_but_first(const struct tsmmr_event *e, struct hasher *h)
{
	return e->data.n ? hasher_update(h, e->data.p + 1, e->data.n - 1) : TSMMR_E_MALFORMED;
}

/* A rule that covers a part, and lets the class say all. */
static void a_planted_rule_is_found(void **state)
{
	static const struct bind_rule planted[] = {
		{ EV_ACTION, BIND_FIRM, "PLANTED", NULL, NULL, feed_but_first, NULL },
	};
	static const size_t one = 1;
	struct event_class class = tcg_class;
	uint8_t value[32] = { 0 };
	struct tsmmr_event e = {
		.platform = &platform_tpm,
		.class = &class,
		.type = EV_ACTION,
		.measured = true,
		.n_digests = 1,
		.digests = &(const struct digest){ TSMMR_HASH_SHA256, span_of(value, 32) },
		.data = LIT("some words"),
	};
	struct hasher *h;

	class.rules = planted;
	class.n_rules = &one;
	assert_code(hashers_get(&set, TSMMR_HASH_SHA256, &h), 0);
	assert_int_equal(event_rule_digest(&e, 0, h, value), 1);
	assert_true(changes_trusted(&e, SIZE_MAX - 1, true) > 0);
}

/* ---- logs ---- */

#define BYTES_OF_AN_EVENT 32 /* changed of one of a log; those made have all changed */

static size_t n_logs, n_bad;

/* All that are bound. */
static void check_log(const char *path, const void *p, size_t n)
{
	struct tsmmr_stream *s = NULL;
	struct tsmmr_log *log = NULL;
	struct tsmmr_ctx *ctx;

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	if (tsmmr_stream_open_mem(ctx, NULL, p, n, &s, NULL) == 0 &&
	    tsmmr_log_from_stream(ctx, s, &log, NULL) == 0) {
		n_logs++;
		for (size_t i = 0; i < tsmmr_log_count(log); i++) {
			long bad = changes_trusted(tsmmr_log_get(log, i), BYTES_OF_AN_EVENT, false);

			if (bad > 0)
				print_error("%s, record %zu: %ld changes are trusted\n", path, i,
					    bad);
			n_bad += bad > 0;
		}
	}
	tsmmr_log_free(log);
	tsmmr_stream_free(s);
	tsmmr_ctx_free(ctx);
}

static int visit(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	uint8_t *p;
	FILE *f;

	if (flag != FTW_F || st->st_size > 1 << 20)
		return 0;
	f = fopen(path, "rb");
	p = malloc((size_t)st->st_size + 1);
	if (!f || !p || fread(p, 1, (size_t)st->st_size, f) != (size_t)st->st_size)
		fail_msg("%s: cannot be read", path);
	check_log(path, p, (size_t)st->st_size);
	fclose(f);
	free(p);
	return 0;
}

static char **folders;

static void logs_of_folders(void **state)
{
	static char *const own[] = { (char *)TEST_DATA, NULL };

	for (char *const *path = folders ? folders : own; *path; path++)
		assert_int_equal(nftw(*path, visit, 16, FTW_PHYS), 0);
	print_message("%zu logs: %llu events, %llu changes\n", n_logs, (unsigned long long)n_events,
		      (unsigned long long)n_trials);
	assert_true(n_logs > 0 && n_events > 0);
	assert_int_equal(n_bad, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_and_tables),     cmocka_unit_test(variables),
		cmocka_unit_test(words_of_grub),        cmocka_unit_test(events_of_dstack),
		cmocka_unit_test(every_rule_was_tried), cmocka_unit_test(records_of_ima),
		cmocka_unit_test(other_classes),        cmocka_unit_test(banks_agree),
		cmocka_unit_test(steps_of_a_launch),    cmocka_unit_test(a_planted_rule_is_found),
		cmocka_unit_test(logs_of_folders),
	};
	const struct CMUnitTest logs[] = { cmocka_unit_test(logs_of_folders) };
	int r;

	folders = argc > 1 ? argv + 1 : NULL;
	if (folders && access(folders[0], R_OK) < 0)
		return 77; /* Meson's word for skipped */
	r = folders ? cmocka_run_group_tests(logs, NULL, NULL) :
		      cmocka_run_group_tests(tests, NULL, NULL);
	hashers_done(&set);
	return r;
}
