/* SPDX-License-Identifier: BSD-2-Clause */
/* --batch: lines of standard input, answered one by one or by several threads. */
#include "batch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "expecting.h"
#include "job.h"
#include "options.h"
#include "output.h"
#include "regset.h"
#include "scope.h"

/* Evidence of the most there may be in base64, and a log beside it. */
#define LINE_BYTES_MAX ((size_t)32 << 20)
/* What waits and what is answered: beyond it no line is read until one has gone. */
#define HELD_MAX ((size_t)64 << 20)
/* A line that was longer leaves no buffer of its size. */
#define KEPT_MAX ((size_t)256 << 10)
/* So many lines may overtake one that takes long. */
#define SLOTS_PER_JOB 8

enum state { FREE, QUEUED, RUNNING, ANSWERED };

struct slot {
	enum state state;
	uint64_t turn, number; /* of all that are answered, and of the line */
	char *text;
	size_t len, size;
	bool lost; /* it was too long, and is not there */
	char *answer;
	size_t answer_len;
	int status;
};

struct batch {
	struct options *o;
	struct options common; /* as they were at first: what lines begin with */
	struct output out;
	char *input; /* what was read and not taken */
	size_t at, n;
	bool at_end;
	uint64_t line;

	pthread_mutex_t lock;   /* of all that follows, and of o */
	pthread_cond_t changed; /* any of it */
	struct slot *slots;
	size_t n_slots;
	uint64_t turn, written; /* turns that were given out, and how many are done with */
	size_t held;
	bool ended, broken; /* no more lines, nobody to answer */
	bool writing;       /* one thread at a time */
	int status;
	int wake[2]; /* a pipe, closed when broken: who waits for lines waits for that too */
};

#define INPUT_SIZE ((size_t)64 << 10)

/* More input.  false: there is none, or nobody who would be answered. */
static bool fill(struct batch *b)
{
	struct pollfd all[] = { { .fd = STDIN_FILENO, .events = POLLIN },
				{ .fd = b->wake[0], .events = POLLIN } };
	ssize_t n = -1;

	do {
		if (poll(all, 2, -1) < 0 && errno != EINTR)
			break;
		if (all[1].revents)
			return false;
		n = all[0].revents ? read(STDIN_FILENO, b->input, INPUT_SIZE) : -1;
	} while (n < 0 && (errno == EINTR || errno == EAGAIN || !all[0].revents));
	b->at = 0;
	b->n = n > 0 ? (size_t)n : 0;
	if (n > 0)
		return true;
	b->at_end = true;
	if (n < 0) {
		pthread_mutex_lock(&b->lock);
		fail_errno(b->o, "standard input", TSMMR_NONE, "cannot read");
		pthread_mutex_unlock(&b->lock);
	}
	return false;
}

/* As far as a line of that length may be. */
static int append(struct batch *b, struct slot *slot, const char *p, size_t n)
{
	if (n > LINE_BYTES_MAX - slot->len)
		slot->lost = true;
	if (slot->lost)
		return 0;
	if (n > slot->size - slot->len) {
		size_t size = slot->size ? slot->size : 4096;
		char *more;

		while (size < slot->len + n)
			size *= 2;
		more = realloc(slot->text, size);
		if (!more) {
			pthread_mutex_lock(&b->lock);
			fail(b->o, TSMMR_E_NOMEM, "out of memory");
			pthread_mutex_unlock(&b->lock);
			return -1;
		}
		slot->text = more;
		slot->size = size;
	}
	if (n)
		memcpy(slot->text + slot->len, p, n);
	slot->len += n;
	return 0;
}

static bool is_blank(const struct slot *slot)
{
	for (size_t i = 0; i < slot->len; i++)
		if (!memchr(" \t\r", slot->text[i], 3))
			return false;
	return !slot->lost;
}

/* The next line, whatever its length, its end left out.  false: there is none. */
static bool read_line(struct batch *b, struct slot *slot)
{
	slot->len = 0;
	slot->lost = false;
	for (;;) {
		const char *from, *end;
		size_t n;

		if (b->at == b->n && (b->at_end || !fill(b))) {
			b->line++;
			return b->at_end && !is_blank(slot);
		}
		from = b->input + b->at;
		end = memchr(from, '\n', b->n - b->at);
		n = end ? (size_t)(end - from) : b->n - b->at;
		b->at += n + (end != NULL);
		if (append(b, slot, from, n) < 0)
			return false;
		if (!end)
			continue;
		b->line++;
		if (!is_blank(slot))
			return true;
		slot->len = 0;
	}
}

static void answer(const struct batch *b, struct slot *slot)
{
	FILE *f = open_memstream(&slot->answer, &slot->answer_len);
	bool whole;

	if (!f)
		return;
	slot->status = job_run(&b->common, slot->number, slot->lost ? NULL : slot->text,
			       slot->lost ? LINE_BYTES_MAX : slot->len, f);
	whole = !ferror(f);
	if (fclose(f) == 0 && whole)
		return;
	free(slot->answer);
	slot->answer = NULL;
}

/* With the lock. */
static void stop(struct batch *b)
{
	b->broken = true;
	if (b->wake[1] >= 0)
		close(b->wake[1]);
	b->wake[1] = -1;
	pthread_cond_broadcast(&b->changed);
}

/* With the lock; what says it takes it again. */
static void write_answer(struct batch *b, struct slot *slot)
{
	FILE *f = b->out.file;
	bool written;

	pthread_mutex_unlock(&b->lock);
	/* At once: who waits for it may be about to write the next line. */
	written = slot->answer &&
		  fwrite(slot->answer, 1, slot->answer_len, f) == slot->answer_len &&
		  fflush(f) == 0;
	pthread_mutex_lock(&b->lock);
	if (!slot->answer)
		fail(b->o, TSMMR_E_NOMEM, "out of memory");
	else if (!written)
		fail_errno(b->o, b->out.name ? b->out.name : "standard output", TSMMR_NONE,
			   "cannot write");
	if (!written)
		stop(b);
	else
		b->status = exit_first(b->status, slot->status);
}

static struct slot *find(struct batch *b, enum state state)
{
	struct slot *first = NULL;

	for (size_t i = 0; i < b->n_slots; i++)
		if (b->slots[i].state == state && (!first || b->slots[i].turn < first->turn))
			first = &b->slots[i];
	return first;
}

/* What may be written next. */
static struct slot *next_answer(struct batch *b)
{
	struct slot *slot = find(b, ANSWERED);

	return slot && (b->o->unordered || slot->turn == b->written) ? slot : NULL;
}

static void release(struct batch *b, struct slot *slot)
{
	b->held -= slot->len + slot->answer_len;
	free(slot->answer);
	slot->answer = NULL;
	slot->answer_len = 0;
	if (slot->size > KEPT_MAX) {
		free(slot->text);
		slot->text = NULL;
		slot->size = 0;
	}
	slot->state = FREE;
	b->written++;
}

/* Whoever reads is woken for many places at once: to be woken for each costs more than reading. */
static bool has_room(const struct batch *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n_slots; i++)
		n += b->slots[i].state == FREE;
	return 2 * n >= b->n_slots && b->held < HELD_MAX;
}

/* Writes what is ready, but for what another thread is about to; with the lock. */
static void write_ready(struct batch *b)
{
	struct slot *slot;

	if (b->writing)
		return;
	b->writing = true;
	while (!b->broken && (slot = next_answer(b))) {
		write_answer(b, slot);
		release(b, slot);
		if (has_room(b))
			pthread_cond_broadcast(&b->changed);
	}
	b->writing = false;
}

/* With the lock, which is let go meanwhile. */
static void run_slot(struct batch *b, struct slot *slot)
{
	slot->state = RUNNING;
	pthread_mutex_unlock(&b->lock);
	answer(b, slot);
	pthread_mutex_lock(&b->lock);
	slot->state = ANSWERED;
	b->held += slot->answer_len;
	write_ready(b);
}

static void *work(void *user)
{
	struct batch *b = user;

	pthread_mutex_lock(&b->lock);
	while (!b->broken) {
		struct slot *slot = find(b, QUEUED);

		if (slot)
			run_slot(b, slot);
		else if (b->ended)
			break;
		else
			pthread_cond_wait(&b->changed, &b->lock);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

/* A place for one more line, when what is held is not too much already; NULL: nobody answers. */
static struct slot *wait_for_place(struct batch *b)
{
	struct slot *slot = find(b, FREE);

	if (!slot || b->held >= HELD_MAX) {
		while (!b->broken && !has_room(b))
			pthread_cond_wait(&b->changed, &b->lock);
		slot = find(b, FREE);
	}
	return b->broken ? NULL : slot;
}

/* Reads all lines.  One thread answers each before it reads the next. */
static void read_lines(struct batch *b, bool alone)
{
	struct slot *slot;
	bool more;

	pthread_mutex_lock(&b->lock);
	while ((slot = wait_for_place(b))) {
		pthread_mutex_unlock(&b->lock);
		more = read_line(b, slot);
		pthread_mutex_lock(&b->lock);
		if (!more)
			break;
		slot->number = b->line;
		slot->turn = b->turn++;
		slot->state = QUEUED;
		b->held += slot->len;
		if (alone)
			run_slot(b, slot);
		else
			pthread_cond_broadcast(&b->changed);
	}
	b->ended = true;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
}

static void run_all(struct batch *b, size_t n)
{
	_cleanup_(free) pthread_t *threads = calloc(n, sizeof(*threads));
	size_t started = 0;

	if (!threads) {
		fail(b->o, TSMMR_E_NOMEM, "out of memory");
		return;
	}
	while (n > 1 && started < n && !pthread_create(&threads[started], NULL, work, b))
		started++;
	/* Fewer than were asked for do it, too. */
	read_lines(b, !started);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
}

/* What is wrong with the command line is said once, and not of each line. */
static int prepare(struct options *o)
{
	_cleanup_(tsmmr_policy_free) struct tsmmr_policy *policy = NULL;
	int r = regset_roots(o);

	o->batch_fd = -1;
	r = exit_first(r, expecting_policy(o, true, NULL, &policy));
	if (r || !o->batch_root)
		return r;
	o->batch_fd = open(o->batch_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return o->batch_fd < 0 ? fail_errno(o, o->batch_root, TSMMR_NONE, "cannot open") : 0;
}

static int run(struct options *o, struct batch *b)
{
	size_t n = o->jobs ? (size_t)o->jobs : 1;

	b->n_slots = n > 1 ? n * SLOTS_PER_JOB : 1;
	b->slots = calloc(b->n_slots, sizeof(*b->slots));
	b->input = malloc(INPUT_SIZE);
	if (!b->slots || !b->input)
		return fail(o, TSMMR_E_NOMEM, "out of memory");
	if (pipe2(b->wake, O_CLOEXEC) < 0)
		return fail_errno(o, NULL, TSMMR_NONE, "cannot make a pipe");
	run_all(b, n);
	return exit_first(failed(o) ? failed(o) : output_commit(o, &b->out), b->status);
}

static void done(struct batch *b)
{
	for (size_t i = 0; b->slots && i < b->n_slots; i++) {
		free(b->slots[i].text);
		free(b->slots[i].answer);
	}
	free(b->slots);
	free(b->input);
	for (size_t i = 0; i < ARRAY_SIZE(b->wake); i++)
		if (b->wake[i] >= 0)
			close(b->wake[i]);
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->lock);
	output_close(&b->out);
}

int batch_run(struct options *o, int (*judge)(struct options *o, const struct reading *now))
{
	struct batch b = {
		.o = o,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
		.wake = { -1, -1 },
	};
	int r = prepare(o);

	if (!r)
		r = output_open(o, &b.out);
	if (r)
		return r;
	o->judge = judge;
	b.common = *o;
	r = run(o, &b);
	done(&b);
	if (o->batch_fd >= 0)
		close(o->batch_fd);
	return r;
}
