/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a decoder's bytes come from: memory, or a descriptor read through a window. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <tsmmr/types.h>

#include "util/armour.h"
#include "util/cursor.h"

/* Reads up to n bytes: the number, 0 at the end, or -errno; -EINTR: is asked again. */
typedef long (*source_read_fn)(void *user, void *to, size_t n);
/* Goes back by the n bytes that have been read.  0, or -errno where that cannot be. */
typedef int (*source_back_fn)(void *user, uint64_t n);
/* At the end, n bytes before the end that was known: is the input shorter than it was? */
typedef bool (*source_shrank_fn)(void *user, uint64_t n);

struct source {
	const uint8_t *p; /* the window: what was read and not yet skipped */
	size_t n;
	uint64_t offset;    /* of p in the input */
	uint64_t left;      /* bytes from p to the end where that is known, else TSMMR_NONE */
	uint64_t max_bytes; /* 0: no limit */
	bool eof;
	int failed;    /* E_IO, E_TRUNCATED or E_MALFORMED: nothing more is read */
	int error;     /* errno of a failed read */
	uint8_t *heap; /* NULL when the window is the caller's memory */
	size_t heap_size;
	const char *armour; /* "hex" …, removed as it is read; NULL: the bytes are as they came */
	const char *why;    /* of E_MALFORMED */
	const struct armoured *around; /* that armour; NULL: none */
	source_read_fn read;
	source_back_fn back;      /* NULL: cannot */
	source_shrank_fn shrank;  /* NULL: nobody can say */
	void (*done)(void *user); /* NULL: user is not ours */
	void *user;
};

void source_mem(struct source *s, const void *data, size_t n);
void source_fd(struct source *s, source_read_fn read, void *user, uint64_t known_size);
void source_done(struct source *s);

/*
 * Makes the next n bytes visible at s->p.  1 when they are, 0 when the input ends before
 * (what there is is visible), or E_IO, E_TRUNCATED (the input became shorter meanwhile),
 * E_MALFORMED (the armour around it is broken), E_NOMEM, E_LIMIT (max_bytes).  Pointers into the
 * window from before are void.
 *
 * A read that failed is not tried again: a second one that finds the end, or the bytes after
 * those that were lost, would make another log of it.
 */
int source_need(struct source *s, size_t n);
/* Are the next n bytes visible, and may they be?  False also where only source_need() can say. */
static inline bool source_sees(const struct source *s, uint64_t n)
{
	return n <= s->n && !s->max_bytes;
}
/*
 * Is it so short that all of it fits into its window?  Then it is read, and from now on memory.
 * Nothing was skipped yet.
 */
bool source_hold(struct source *s);
/* To the first byte again: 0, or E_UNSUPPORTED for what can be read only once. */
int source_rewind(struct source *s);
/* Never more than is visible. */
static inline void source_skip(struct source *s, size_t n)
{
	if (n > s->n)
		n = s->n;
	if (!n)
		return;
	s->p += n;
	s->n -= n;
	s->offset += n;
	if (s->left != TSMMR_NONE)
		s->left -= n;
}
/*
 * Makes it a source of what armour of that kind holds: to be decoded as it is read, in memory
 * that does not depend on its length.  Nothing was skipped yet.  0, or E_NOMEM.
 */
int source_unwrap(struct source *s, enum armour_kind kind);
