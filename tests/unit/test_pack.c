/* SPDX-License-Identifier: BSD-2-Clause */
/* What was packed comes out as it was: core/pack.c. */
#include "testing.h"

#include "core/pack.h"

#define LOGS 6

static const struct {
	const char *path, *reg;
	int format;
} files[LOGS] = {
	{ "tdx-twin/CCEL.data", NULL, TSMMR_FORMAT_CCEL },
	{ "cel/text.log", "rtmr2", TSMMR_FORMAT_TEXT },
	{ "good-tcg2-all-banks.bin", NULL, TSMMR_FORMAT_TCG2 },
	{ "cel/ima.json", NULL, TSMMR_FORMAT_CEL_JSON },
	{ "cel/unknown-200.cbor", NULL, TSMMR_FORMAT_CEL_CBOR },
	{ "cel/systemd.json", NULL, TSMMR_FORMAT_CEL_JSON },
};

static void assert_digest(const struct digest *a, const struct digest *b)
{
	assert_int_equal(a->alg, b->alg);
	assert_bytes(a->value.p, a->value.n, b->value.p, b->value.n);
}

static void assert_event(const struct tsmmr_event *a, const struct tsmmr_event *b)
{
	assert_int_equal(a->record, b->record);
	assert_int_equal(a->offset, b->offset);
	assert_int_equal(a->index, b->index);
	assert_int_equal(a->content, b->content);
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->space, b->space);
	assert_int_equal(a->mark, b->mark);
	assert_int_equal(a->mark_value, b->mark_value);
	assert_int_equal(a->name_n, b->name_n);
	assert_int_equal(a->raw, b->raw);
	assert_int_equal(a->measured, b->measured);
	assert_true(platform_same(a->platform, b->platform));
	assert_ptr_equal(a->class, b->class);
	assert_int_equal(a->n_digests, b->n_digests);
	for (size_t i = 0; i < a->n_digests; i++)
		assert_digest(&a->digests[i], &b->digests[i]);
	assert_digest(&a->asserted, &b->asserted);
	assert_bytes(a->name.p, a->name.n, b->name.p, b->name.n);
	assert_bytes(a->data.p, a->data.n, b->data.p, b->data.n);
	assert_bytes(a->aside.p, a->aside.n, b->aside.p, b->aside.n);
}

/* The stream is over the bytes. */
static struct bytes open_file(const struct tsmmr_ctx *ctx, size_t i,
			      struct tsmmr_stream **ret_stream, struct tsmmr_log **ret_log)
{
	struct bytes file = read_data(files[i].path);
	struct tsmmr_error err = ERROR_INIT;

	assert_code(open_mem_as(ctx, files[i].format, TSMMR_PLATFORM_AUTO, files[i].reg, file.p,
				file.n, ret_stream, &err),
		    0);
	assert_code(parse_as(ctx, files[i].format, TSMMR_PLATFORM_AUTO, files[i].reg, file.p,
			     file.n, ret_log, &err),
		    0);
	return file;
}

/* Every second log is packed as a frozen one: of that there are only pointers. */
static void events_come_out_as_they_were(void **state)
{
	_cleanup_(pack_done) struct pack p = { 0 };
	struct tsmmr_stream *streams[LOGS], *over;
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_log *logs[LOGS];
	struct bytes bytes[LOGS];
	const struct tsmmr_event *e;
	uint8_t identity[32], wanted[32];
	struct pack_walk walk;
	struct pack_room room;

	for (size_t i = 0; i < LOGS; i++) {
		bytes[i] = open_file(*state, i, &streams[i], &logs[i]);
		assert_code(stream_over_log(logs[i], &over), 0);
		assert_code(pack_add(*state, &p, i % 2 ? over : streams[i], identity, &err), 0);
		assert_code(log_identity(logs[i], wanted), 0);
		assert_memory_equal(identity, wanted, sizeof(wanted));
		stream_free(over);
	}
	for (size_t i = 0; i < LOGS; i++) {
		assert_int_equal(pack_count(&p, i, 1), logs[i]->n);
		pack_walk(&p, i, 1, &walk);
		for (size_t k = 0; k < logs[i]->n; k++) {
			const struct tsmmr_event *was = &logs[i]->events[k];

			e = pack_next(&walk);
			assert_non_null(e);
			assert_event(e, was);
			assert_event(pack_get(&p, walk.at, &room), was);
			assert_int_equal(pack_source(&p, walk.at), i);
			assert_int_equal(pack_record(&p, walk.at), was->record);
			assert_int_equal(pack_mark(&p, walk.at), was->mark);
			assert_int_equal(pack_is_measured(&p, walk.at), was->measured);
		}
		assert_null(pack_next(&walk));
	}
	/* One after the other, and of none nothing. */
	pack_walk(&p, 1, LOGS - 1, &walk);
	for (size_t n = 0; n < pack_count(&p, 1, LOGS - 1); n++)
		assert_non_null(pack_next(&walk));
	assert_null(pack_next(&walk));
	pack_walk(&p, LOGS, 0, &walk);
	assert_null(pack_next(&walk));
	for (size_t i = 0; i < LOGS; i++) {
		stream_free(streams[i]);
		log_free(logs[i]);
		bytes_done(&bytes[i]);
	}
}

/* What is kept has the limit of a frozen log, where what is too much is named. */
static void a_limit_is_kept(void **state)
{
	_cleanup_(pack_done) struct pack p = { .each = 16 };
	struct tsmmr_error err = ERROR_INIT;
	struct tsmmr_stream *s;
	struct tsmmr_ctx *ctx;
	size_t n = 8000;
	char *text = malloc(n * 10);

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		memcpy(text + i * 10, "9 letters\n", 10);
	assert_code(tsmmr_ctx_new(0, &ctx, &err), 0);
	assert_code(tsmmr_ctx_set_limit(ctx, TSMMR_LIMIT_BYTES, 200000, &err), 0);
	assert_code(open_mem_as(ctx, TSMMR_FORMAT_TEXT, TSMMR_PLATFORM_AUTO, "rtmr2", text, n * 10,
				&s, &err),
		    0);
	assert_code(pack_add(ctx, &p, s, NULL, &err), TSMMR_E_LIMIT);
	/* Of each 48 bytes of digest, 9 of data, some of what else it is, and 16. */
	assert_true(err.record > 1000 && err.record < 200000 / (48 + 9 + 16));
	assert_int_equal(err.offset, err.record * 10);
	stream_free(s);
	free(text);
	tsmmr_ctx_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_come_out_as_they_were),
		cmocka_unit_test(a_limit_is_kept),
	};

	return cmocka_run_group_tests(tests, ctx_setup, ctx_teardown);
}
