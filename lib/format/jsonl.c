/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON lines: tsmmr.event/1, one a line. */
#include "crypto/hash.h"
#include "format/format.h"
#include "util/error.h"

struct state {
	struct hashers set;
	struct event_words words;
};

static int jsonl_begin(void *state, const struct export *x, struct buf *out,
		       struct tsmmr_error *err)
{
	return 0;
}

static int jsonl_event(void *state, const struct tsmmr_event *e, struct buf *out,
		       struct tsmmr_error *err)
{
	struct state *s = state;
	int r = event_json_again(e, 0, -1, &s->set, &s->words, out);

	if (r < 0)
		return fail_at(err, r, e->record, e->offset, "event cannot be written");
	buf_char(out, '\n');
	return 0;
}

static int jsonl_end(void *state, struct buf *out, struct tsmmr_error *err)
{
	return 0;
}

static void jsonl_done(void *state)
{
	struct state *s = state;

	hashers_done(&s->set);
	event_words_done(&s->words);
}

static const struct encoder jsonl_encoder = {
	.state_size = sizeof(struct state),
	.begin = jsonl_begin,
	.event = jsonl_event,
	.end = jsonl_end,
	.done = jsonl_done,
};

const struct format format_jsonl = {
	.id = TSMMR_FORMAT_JSONL,
	.name = "jsonl",
	.encoder = &jsonl_encoder,
};
