/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the lines of a file begin, found by their hash. */
#include "util/lines.h"

#include <stdlib.h>
#include <string.h>

/* A line that was made to have another's hash costs a look at the file, no wrong answer. */
static uint64_t hash_of(struct span line)
{
	const uint64_t odd = 0x9e3779b97f4a7c15u;
	uint64_t h = line.n * odd;

	for (size_t i = 0; i < line.n; i += 8) {
		size_t n = line.n - i < 8 ? line.n - i : 8;
		uint64_t word = 0;

		memcpy(&word, line.p + i, n);
		h = (h ^ word) * odd;
		h ^= h >> 32;
	}
	return h;
}

void lines_done(struct lines *l)
{
	free(l->all);
	*l = (struct lines){ 0 };
}

static void put(struct lines *l, struct line_at line)
{
	size_t i = (size_t)line.hash & (l->cap - 1);

	while (l->all[i].next)
		i = (i + 1) & (l->cap - 1);
	l->all[i] = line;
}

static bool grow(struct lines *l)
{
	struct lines more = { .n = l->n, .cap = l->cap ? 2 * l->cap : 64 };

	more.all = calloc(more.cap, sizeof(*more.all));
	if (!more.all)
		return false;
	for (size_t i = 0; i < l->cap; i++)
		if (l->all[i].next)
			put(&more, l->all[i]);
	free(l->all);
	*l = more;
	return true;
}

bool lines_add(struct lines *l, struct span line, uint64_t at)
{
	if (l->n == LINES_MAX || (2 * l->n >= l->cap && !grow(l)))
		return false;
	put(l, (struct line_at){ hash_of(line), at + 1 });
	l->n++;
	return true;
}

bool lines_find(const struct lines *l, struct span line, size_t *i, uint64_t *ret_at)
{
	uint64_t hash = hash_of(line);

	for (; *i < l->cap; ++*i) {
		const struct line_at *here = &l->all[((size_t)hash + *i) & (l->cap - 1)];

		if (!here->next)
			return false;
		if (here->hash != hash)
			continue;
		*ret_at = here->next - 1;
		++*i;
		return true;
	}
	return false;
}
