/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of logs: that in which their writers ran, whatever it is on the command line. */
#include "order.h"

#include <ctype.h>
#include <string.h>

#include "input.h"
#include "options.h"
#include "scope.h"

/*
 * The firmware, then what may hold a firmware's log and more, then the kernel and systemd,
 * then logs of one register, which begin where the others end.
 */
static int rank_of(const struct input *in)
{
	switch (tsmmr_stream_format(in->stream)) {
	case TSMMR_FORMAT_TEXT:
	case TSMMR_FORMAT_AAEL:
		return 3;
	case TSMMR_FORMAT_IMA:
	case TSMMR_FORMAT_IMA_ASCII:
	case TSMMR_FORMAT_SYSTEMD:
		return 2;
	case TSMMR_FORMAT_CEL_CBOR:
	case TSMMR_FORMAT_CEL_CBOR_SEQ:
	case TSMMR_FORMAT_CEL_JSON:
	case TSMMR_FORMAT_CEL_TLV:
		return 1;
	default:
		return 0;
	}
}

/* By rank; of one rank as they were given. */
static void sort(struct inputs *in)
{
	for (size_t i = 1; i < in->n; i++) {
		struct input one = in->all[i];
		size_t k = i;

		for (; k && rank_of(&in->all[k - 1]) > rank_of(&one); k--)
			in->all[k] = in->all[k - 1];
		in->all[k] = one;
	}
}

/* What a text log asserts to begin with, and what it leads to from there: hex, or "". */
struct segment {
	struct input in;
	const char *reg;
	char start[2 * TSMMR_HASH_SIZE_MAX + 1], end[2 * TSMMR_HASH_SIZE_MAX + 1];
	bool placed;
};

/* Number i, or NULL: what cannot be read fails when it is replayed. */
static const struct tsmmr_event *event_of(const struct segment *s, size_t i)
{
	const struct tsmmr_event *event = NULL;

	if (s->in.log)
		return tsmmr_log_get(s->in.log, i);
	return tsmmr_stream_next(s->in.stream, &event, NULL) > 0 ? event : NULL;
}

/* "SYNC ALG/HEX", or the agent's INIT */
static void read_start(struct segment *s)
{
	const struct tsmmr_event *event;

	for (size_t i = 0; (event = event_of(s, i)); i++) {
		const uint8_t *data, *slash;
		size_t len;

		if (!s->reg)
			s->reg = tsmmr_event_register(event);
		if (tsmmr_event_is_measured(event) != 1)
			continue;
		tsmmr_event_data(event, &data, &len);
		slash = len > 5 && (!memcmp(data, "SYNC ", 5) || !memcmp(data, "INIT ", 5)) ?
				memchr(data, '/', len) :
				NULL;
		len -= slash ? (size_t)(slash + 1 - data) : len;
		if (len >= sizeof(s->start))
			return;
		for (size_t k = 0; k < len; k++)
			s->start[k] = (char)tolower(slash[1 + k]);
		return;
	}
}

static int replay_stream(struct options *o, const struct segment *s, struct tsmmr_report **ret,
			 struct tsmmr_error *err)
{
	struct tsmmr_stream *stream = s->in.stream;
	int r = tsmmr_stream_rewind(stream, err);

	return r < 0 ? r : tsmmr_report_new_stream(o->ctx, &stream, 1, NULL, NULL, ret, err);
}

/* A stream that cannot be read is only marked: others may fail worse, and come before it. */
static int read_end(struct options *o, struct segment *s, bool *ret_unread)
{
	_cleanup_(tsmmr_report_free) struct tsmmr_report *report = NULL;
	struct tsmmr_error err = NO_ERROR;
	const uint8_t *value;
	size_t len;
	int r;

	if (s->in.log)
		r = tsmmr_report_new(o->ctx, &s->in.log, 1, NULL, NULL, &report, &err);
	else
		r = replay_stream(o, s, &report, &err);
	if (r < 0 && !s->in.log)
		*ret_unread = true;
	if (r < 0)
		return s->in.log ? fail_error(o, s->in.name, s->in.number, &err) : 0;
	if (tsmmr_report_count(report) != 1 || tsmmr_report_replayed(report, 0, &value, &len) < 0)
		return 0;
	for (size_t i = 0; i < len; i++)
		snprintf(s->end + 2 * i, 3, "%02x", value[i]);
	return 0;
}

static bool same_register(const struct segment *a, const struct segment *b)
{
	return a->reg && b->reg && !strcmp(a->reg, b->reg);
}

static bool follows(const struct segment *a, const struct segment *b)
{
	return same_register(a, b) && b->start[0] && !strcmp(a->end, b->start);
}

/* Does another begin where nothing that waits ends? */
static bool is_first(const struct segment *all, size_t n, size_t i)
{
	for (size_t k = 0; k < n; k++)
		if (k != i && !all[k].placed && follows(&all[k], &all[i]))
			return false;
	return true;
}

/*
 * The one that goes on where last ends; else the first given that goes on from none, so that
 * a gap between two of them leaves the order as it is.
 */
static size_t pick(const struct segment *all, size_t n, const struct segment *last)
{
	size_t first = n;

	for (size_t i = 0; i < n && last; i++)
		if (!all[i].placed && follows(last, &all[i]))
			return i;
	for (size_t i = n; i--;)
		if (!all[i].placed &&
		    (first == n || is_first(all, n, i) || !is_first(all, n, first)))
			first = i;
	return first;
}

/* The last n of in. */
static int order_segments(struct options *o, struct inputs *in, size_t n)
{
	_cleanup_(free) struct segment *all = calloc(n, sizeof(*all));
	struct input *texts = in->all + in->n - n;
	const struct segment *last = NULL;
	bool unread = false;
	int r = all ? inputs_keep(o, texts, n) : fail(o, TSMMR_E_NOMEM, "out of memory");

	for (size_t i = 0; i < n && !r; i++) {
		all[i].in = texts[i];
		read_start(&all[i]);
		r = read_end(o, &all[i], &unread);
	}
	if (in->progress)
		progress_stop(in->progress);
	if (unread)
		inputs_drain(o, in, TSMMR_NONE);
	if (unread && !r)
		r = failed(o) ? failed(o) :
				fail(o, TSMMR_E_IO, "a text log could not be read again");
	for (size_t to = 0; to < n && !r; to++) {
		struct segment *next = &all[pick(all, n, last)];

		next->placed = true;
		texts[to] = next->in;
		last = next;
	}
	return r ? r : inputs_go_back(o, texts, n);
}

int inputs_order(struct options *o, struct inputs *in)
{
	size_t n = 0;
	int r;

	/* It looks at them all the time. */
	if (in->progress)
		progress_stop(in->progress);
	sort(in);
	if (in->progress)
		progress_start(in->progress, in);
	while (n < in->n && rank_of(&in->all[in->n - 1 - n]) == 3)
		n++;
	if (n < 2)
		return 0;
	/* Those of this machine may grow. */
	r = inputs_have_known(in) ? inputs_freeze(o, in, NULL) : 0;
	if (r && in->progress)
		progress_stop(in->progress);
	return r ? r : order_segments(o, in, n);
}
