/* SPDX-License-Identifier: BSD-2-Clause */
/* core/hints.c: which .EXTEND comments a log itself confirms, and which it does not. */
#include "testing.h"

#include "crypto/hash.h"
#include "core/hints.h"
#include "core/log.h"

/* A text log of rtmr3 with what the register came to. */
struct script {
	char text[1 << 16];
	size_t n;
	uint8_t value[48];
	struct hasher h;
};

static struct script *begin(void)
{
	struct script *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	assert_code(hasher_init(&s->h, CRYPTO_DEFAULT, hash_by_id(TSMMR_HASH_SHA384)), 0);
	return s;
}

static void end(struct script *s)
{
	hasher_done(&s->h);
	free(s);
}

static void line(struct script *s, const char *text)
{
	uint8_t digest[48];

	s->n += (size_t)sprintf(s->text + s->n, "%s\n", text);
	assert_code(hash_bytes(&s->h, text, strlen(text), digest), 0);
	assert_code(hash_extend(&s->h, s->value, digest, 48), 0);
}

static void sync_line(struct script *s)
{
	char text[128] = "SYNC sha384/";

	tohex(s->value, 48, text + 12);
	line(s, text);
}

/* A comment about digest fill…; it is the truth when extended. */
static void hint(struct script *s, uint8_t fill, bool extended)
{
	uint8_t digest[48];
	char hex[97];

	memset(digest, fill, sizeof(digest));
	tohex(digest, 48, hex);
	s->n += (size_t)sprintf(s->text + s->n, "# .EXTEND %s\n", hex);
	if (extended)
		assert_code(hash_extend(&s->h, s->value, digest, 48), 0);
}

/* The records that are confirmed, as "1 5". */
static void expect(struct script *s, const char *want)
{
	struct hints hints = { 0 };
	struct tsmmr_log *log;
	struct tsmmr_ctx *ctx;
	char got[256] = "";
	bool yes[64];

	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(parse_as(ctx, TSMMR_FORMAT_TEXT, 0, "rtmr3", s->text, s->n, &log, NULL), 0);
	for (size_t i = 0; i < log->n; i++)
		assert_code(hints_event(&hints, &log->events[i]), 0);
	for (size_t i = 0; i < log->n; i++) {
		yes[i] = hints_confirmed(&hints, &log->events[i]);
		if (yes[i])
			sprintf(got + strlen(got), "%s%zu", *got ? " " : "", i);
	}
	/* However often, and in whatever order, it is asked. */
	for (size_t i = log->n; i-- > 0;)
		assert_int_equal(hints_confirmed(&hints, &log->events[i]), yes[i]);
	if (strcmp(got, want))
		fail_msg("confirmed are '%s', not '%s' of\n%s", got, want, s->text);
	hints_done(&hints);
	log_free(log);
	tsmmr_ctx_free(ctx);
	end(s);
}

static void one_is_confirmed_by_a_sync(void **state)
{
	struct script *s = begin();

	sync_line(s);
	line(s, "a");
	hint(s, 1, true);
	line(s, "b");
	sync_line(s);
	expect(s, "2");
}

static void without_a_sync_none_is(void **state)
{
	struct script *s = begin();

	sync_line(s);
	hint(s, 1, true);
	line(s, "b");
	expect(s, "");
}

static void a_lie_is_not(void **state)
{
	struct script *s = begin();

	sync_line(s);
	hint(s, 1, false);
	hint(s, 2, true);
	hint(s, 3, false);
	sync_line(s);
	hint(s, 4, false);
	sync_line(s);
	expect(s, "2");
}

/* The register may have had anything in it. */
static void what_a_sync_contradicts_is_not(void **state)
{
	struct script *s = begin();

	sync_line(s);
	hint(s, 1, true);
	assert_code(hash_extend(&s->h, s->value, s->value, 48), 0);
	sync_line(s);
	hint(s, 2, true);
	sync_line(s);
	expect(s, "3");
}

static void four_are_kept_apart_and_five_are_not(void **state)
{
	struct script *s = begin();

	sync_line(s);
	for (uint8_t i = 1; i <= 4; i++)
		hint(s, i, i != 2);
	sync_line(s);
	for (uint8_t i = 1; i <= 5; i++)
		hint(s, i, i == 1);
	sync_line(s);
	hint(s, 9, true);
	sync_line(s);
	expect(s, "1 3 4 12");
}

/* Twice the same: one of the two happened, and as many are confirmed. */
static void equal_hints_are_counted(void **state)
{
	struct script *s = begin();

	sync_line(s);
	hint(s, 1, true);
	hint(s, 1, false);
	sync_line(s);
	expect(s, "1");
}

/* Two logs of one register in one: what the first had open, the second can confirm. */
static void logs_and_banks_are_told_apart(void **state)
{
	struct script *s = begin(), *other = begin();
	struct hints hints = { 0 };
	struct tsmmr_log *one, *two;
	struct tsmmr_ctx *ctx;

	sync_line(s);
	hint(s, 1, true);
	sync_line(s);
	hint(other, 1, false);
	sync_line(other);
	assert_code(tsmmr_ctx_new(0, &ctx, NULL), 0);
	assert_code(parse_as(ctx, TSMMR_FORMAT_TEXT, 0, "rtmr3", s->text, s->n, &one, NULL), 0);
	assert_code(parse_as(ctx, TSMMR_FORMAT_TEXT, 0, "rtmr2", other->text, other->n, &two, NULL),
		    0);
	for (size_t i = 0; i < two->n; i++) {
		two->events[i].log = 1;
		assert_code(hints_event(&hints, &two->events[i]), 0);
	}
	for (size_t i = 0; i < one->n; i++)
		assert_code(hints_event(&hints, &one->events[i]), 0);
	assert_true(hints_confirmed(&hints, &one->events[1]));
	assert_false(hints_confirmed(&hints, &two->events[0]));
	/* The same record of another log is another one. */
	one->events[1].log = 1;
	assert_false(hints_confirmed(&hints, &one->events[1]));
	hints_done(&hints);
	log_free(one);
	log_free(two);
	tsmmr_ctx_free(ctx);
	end(s);
	end(other);
}

/* Many that nothing confirms, before many that are: no more work than a search each. */
static void many_take_no_time(void **state)
{
	struct hints h = { 0 };
	struct tsmmr_event e = { .mark = MARK_HINT };
	size_t n = HINTS_CONFIRMED_MAX, yes = 0;

	h.confirmed = calloc(n, sizeof(*h.confirmed));
	assert_non_null(h.confirmed);
	for (h.n = 0; h.n < n; h.n++)
		h.confirmed[h.n] = (struct hint_at){ 0, 2000000 + (h.n * 7919) % n };
	for (e.record = 0; e.record < 2000000 + n; e.record++)
		yes += hints_confirmed(&h, &e);
	assert_int_equal(yes, n);
	hints_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_is_confirmed_by_a_sync),
		cmocka_unit_test(without_a_sync_none_is),
		cmocka_unit_test(a_lie_is_not),
		cmocka_unit_test(what_a_sync_contradicts_is_not),
		cmocka_unit_test(four_are_kept_apart_and_five_are_not),
		cmocka_unit_test(equal_hints_are_counted),
		cmocka_unit_test(logs_and_banks_are_told_apart),
		cmocka_unit_test(many_take_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
