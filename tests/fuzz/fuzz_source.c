/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A log from memory, and the same bytes from a source that gives them in pieces, from a pipe, from
 * one that fails, and from one that ends early.  Four bytes say how; the rest is the log.
 */
#include "logs.h"

#include <errno.h>
#include <unistd.h>

#include "live/open.h"

/* One that gives n bytes at a time, and at a place fails or ends. */
struct pieces {
	const uint8_t *p;
	size_t n, at, step, fail_at;
	int error; /* 0: ends */
	bool interrupted;
};

static long read_piece(void *user, void *to, size_t n)
{
	struct pieces *s = user;
	size_t end = s->n < s->fail_at ? s->n : s->fail_at;
	size_t left = end - s->at;

	/* What is asked again has lost nothing. */
	s->interrupted = !s->interrupted;
	if (s->interrupted && s->step % 2)
		return -EINTR;
	if (!left && s->at == s->fail_at && s->error)
		return -s->error;
	n = n < s->step ? n : s->step;
	n = n < left ? n : left;
	if (n)
		memcpy(to, s->p + s->at, n);
	s->at += n;
	return (long)n;
}

static bool it_shrank(void *user, uint64_t n)
{
	return true;
}

static void walk_pieces(size_t reader, struct pieces *from, uint64_t known, bool shrinks,
			struct walked *w)
{
	struct tsmmr_stream *s = NULL;
	struct source source;

	from->at = 0;
	from->interrupted = false;
	source_fd(&source, read_piece, from, known);
	source.shrank = shrinks ? it_shrank : NULL;
	fuzz_walk(open_source(fuzz_ctx(), &fuzz_input(reader)->said, &source, &s, &w->err), &s, w);
}

static void walk_memory(size_t reader, const uint8_t *p, size_t n, struct walked *w)
{
	struct tsmmr_stream *s = NULL;

	fuzz_walk(tsmmr_stream_open_mem(fuzz_ctx(), fuzz_input(reader), p, n, &s, &w->err), &s, w);
}

static void walk_pipe(size_t reader, const uint8_t *p, size_t n, struct walked *w)
{
	struct tsmmr_stream *s = NULL;
	int fds[2];

	PROMISE(pipe(fds) == 0 && write(fds[1], p, n) == (ssize_t)n && close(fds[1]) == 0);
	fuzz_walk(tsmmr_stream_open_fd(fuzz_ctx(), fuzz_input(reader), fds[0], &s, &w->err), &s, w);
	close(fds[0]);
}

/* No more than the events of whole, and then that it failed: so, and not otherwise. */
static void check_failed(const struct walked *w, const struct walked *whole, int code, int error)
{
	if (w->r == TSMMR_E_LIMIT && whole->r == TSMMR_E_TRUNCATED)
		code = w->r, error = 0; /* as of check_same() */
	if (w->r == whole->r && w->n == whole->n && !(w->r == 0 && code)) {
		/* It had ended, or failed, before the place. */
		PROMISE(!memcmp(w->events, whole->events, w->n * sizeof(w->events[0])));
		return;
	}
	PROMISE(w->r == code && w->err.os_errno == error);
	PROMISE(w->n <= whole->n && !memcmp(w->events, whole->events, w->n * sizeof(w->events[0])));
}

/*
 * The same answer, but that of a length over the limit: where it is not known how long the input
 * is, nobody can say that it ends before.
 */
static void check_same(const struct walked *whole, struct walked *w)
{
	if (whole->r == TSMMR_E_TRUNCATED && w->r == TSMMR_E_LIMIT) {
		PROMISE(w->err.record == whole->err.record && w->err.offset == whole->err.offset);
		w->r = whole->r;
		w->err = whole->err;
	}
	fuzz_same(whole, w);
}

#define PIPED_MAX 4096 /* what a pipe takes at once, whatever the system */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct walked whole, other;
	struct tsmmr_error none = { .size = sizeof(none) };
	struct pieces from;
	uint8_t how;
	size_t reader;

	whole.err = other.err = none;
	if (size < 4)
		return 0;
	how = data[0];
	from = (struct pieces){ .step = (size_t)data[1] + 1,
				.fail_at = (size_t)(data[2] | data[3] << 8) };
	data += 4;
	size -= 4;
	reader = fuzz_reader(&data, &size);
	from.p = data;
	from.n = size;
	from.fail_at %= size + 1;
	walk_memory(reader, data, size, &whole);

	switch (how % 4) {
	case 0: /* in pieces */
		from.fail_at = SIZE_MAX;
		walk_pieces(reader, &from, how & 4 ? TSMMR_NONE : from.n, false, &other);
		check_same(&whole, &other);
		break;
	case 1:
		from.error = EIO;
		walk_pieces(reader, &from, how & 4 ? TSMMR_NONE : from.n, false, &other);
		check_failed(&other, &whole, TSMMR_E_IO, EIO);
		break;
	case 2: /* what ends early is what is shorter, unless it was longer before */
		walk_pieces(reader, &from, how & 4 ? TSMMR_NONE : from.n, !(how & 4), &other);
		walk_memory(reader, data, from.fail_at, &whole);
		if (how & 4 || from.fail_at == size)
			check_same(&whole, &other);
		else
			PROMISE(other.r < 0);
		break;
	default:
		if (size > PIPED_MAX)
			break;
		walk_pipe(reader, data, size, &other);
		check_same(&whole, &other);
	}
	return 0;
}
