/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a decoder's bytes come from. */
#include "core/source.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* Big enough that read(2) costs little, small enough to stay in the cache. */
#define WINDOW (256u << 10)

void source_mem(struct source *s, const void *data, size_t n)
{
	*s = (struct source){ .p = data, .n = n, .left = n, .eof = true };
}

void source_fd(struct source *s, source_read_fn read, void *user, uint64_t known_size)
{
	*s = (struct source){ .left = known_size, .read = read, .user = user };
}

void source_done(struct source *s)
{
	free(s->heap);
	if (s->done)
		s->done(s->user);
	*s = (struct source){ 0 };
}

/* A window in which n bytes fit after what is visible. */
static int make_room(struct source *s, size_t n)
{
	size_t want = s->heap_size ? s->heap_size : WINDOW;
	uint8_t *heap;

	if (n <= s->heap_size) {
		if (n > s->heap_size - (size_t)(s->p - s->heap)) {
			memmove(s->heap, s->p, s->n);
			s->p = s->heap;
		}
		return 0;
	}

	while (want < n) {
		if (want > SIZE_MAX / 2)
			return TSMMR_E_LIMIT;
		want *= 2;
	}
	heap = malloc(want);
	if (!heap)
		return TSMMR_E_NOMEM;
	if (s->n)
		memcpy(heap, s->p, s->n);
	free(s->heap);
	s->heap = heap;
	s->heap_size = want;
	s->p = heap;
	return 0;
}

static int source_fail(struct source *s, int code, int error)
{
	s->failed = code;
	s->error = error;
	return code;
}

/*
 * What holds armour, and how far it is decoded.  No tool writes as many blanks in a row; more
 * of them would be work that no limit on the bytes inside bounds.
 */
#define BLANKS_MAX 4096

struct armoured {
	struct source inner;
	struct armour a;
	enum armour_kind kind;
	const char *broken;
};

static long read_armoured(void *user, void *to, size_t n)
{
	struct armoured *in = user;
	size_t got = 0;

	while (!got) {
		struct span s;
		bool fits;
		int r = source_need(&in->inner, 1);

		if (r < 0)
			return -(in->inner.error    ? in->inner.error :
				 r == TSMMR_E_NOMEM ? ENOMEM :
						      EIO);
		if (r == 0 && !armour_ends(&in->a))
			in->broken = "the armour around the log ends inside a byte, or with bits "
				     "left over";
		if (r == 0)
			return in->broken ? -EBADMSG : 0;
		s = span_of(in->inner.p, in->inner.n);
		fits = armour_feed(&in->a, &s, to, n, &got);
		source_skip(&in->inner, in->inner.n - s.n);
		if (!fits && !got) {
			in->broken = in->a.blanks ? "too many blanks in the armour around the log" :
						    "the armour around the log is broken by other "
						    "characters";
			return -EBADMSG;
		}
	}
	return (long)got;
}

static int back_armoured(void *user, uint64_t n)
{
	struct armoured *in = user;

	armour_begin(&in->a, in->kind, BLANKS_MAX);
	in->broken = NULL;
	return source_rewind(&in->inner) < 0 ? -ESPIPE : 0;
}

static void done_armoured(void *user)
{
	struct armoured *in = user;

	source_done(&in->inner);
	free(in);
}

int source_unwrap(struct source *s, enum armour_kind kind)
{
	struct armoured *in = calloc(1, sizeof(*in));

	assert(!s->offset && !s->armour);
	if (!in)
		return TSMMR_E_NOMEM;
	in->inner = *s;
	in->inner.max_bytes = 0;
	in->kind = kind;
	armour_begin(&in->a, kind, BLANKS_MAX);

	*s = (struct source){
		.left = TSMMR_NONE,
		.max_bytes = s->max_bytes,
		.armour = armour_name(&in->a),
		.around = in,
		.read = read_armoured,
		.back = s->read && !s->back ? NULL : back_armoured,
		.done = done_armoured,
		.user = in,
	};
	return 0;
}

/* Of armour: whether what is inside cannot be read, or it is broken. */
static int failed_read(struct source *s, long got)
{
	const struct armoured *in = s->around;

	if (in && got == -ENOMEM && !in->broken && !in->inner.failed)
		return TSMMR_E_NOMEM;
	if (!in || (!in->broken && !in->inner.failed))
		return source_fail(s, TSMMR_E_IO, (int)-got);
	s->why = in->broken;
	return source_fail(s, in->broken ? TSMMR_E_MALFORMED : in->inner.failed, in->inner.error);
}

int source_need(struct source *s, size_t n)
{
	while (s->n < n && !s->eof) {
		size_t used;
		long got;
		int r;

		if (s->failed)
			return s->failed;
		r = make_room(s, n);
		if (r < 0)
			return r;

		used = (size_t)(s->p - s->heap) + s->n;
		got = s->read(s->user, s->heap + used, s->heap_size - used);
		if (got == -EINTR)
			continue;
		if (got < 0)
			return failed_read(s, got);
		if (got == 0) {
			if (s->left != TSMMR_NONE && s->left > s->n && s->shrank &&
			    s->shrank(s->user, s->left - s->n))
				return source_fail(s, TSMMR_E_TRUNCATED, 0);
			s->eof = true;
			s->left = s->n;
			break;
		}
		s->n += (size_t)got;
		/* A file that is longer than it said: believe the bytes. */
		if (s->left != TSMMR_NONE && s->left < s->n)
			s->left = TSMMR_NONE;
	}

	if (s->max_bytes && s->offset + s->n > s->max_bytes) {
		/* Bytes up to the limit may be used; asking beyond it may not. */
		uint64_t allowed = s->max_bytes > s->offset ? s->max_bytes - s->offset : 0;

		if (n > allowed)
			return TSMMR_E_LIMIT;
	}
	return s->n >= n;
}

bool source_hold(struct source *s)
{
	assert(!s->offset);
	/* A failure is met again, and said, by who reads as far as it. */
	source_need(s, WINDOW);
	if (s->read && s->eof)
		s->read = NULL;
	return !s->read;
}

int source_rewind(struct source *s)
{
	if (!s->read) {
		s->p -= s->offset;
		s->n += (size_t)s->offset;
	} else if (s->offset || s->n) {
		if (!s->back || s->back(s->user, s->offset + s->n) < 0)
			return TSMMR_E_UNSUPPORTED;
		s->p = s->heap;
		s->n = 0;
		s->eof = false;
		s->failed = 0;
	}
	if (s->left != TSMMR_NONE)
		s->left += s->offset;
	s->offset = 0;
	return 0;
}
