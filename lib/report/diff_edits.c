/* SPDX-License-Identifier: BSD-2-Clause */
/* The differences of each row: scripts, in which what moved is found, and other texts. */
#include "report/diff_work.h"

/* --- moved ------------------------------------------------------------------------------- */

/*
 * What is only here and only there is the same record, at another place: the first of a digest
 * here is the first there, and so on.
 */
struct moves {
	size_t before;     /* records that both begin with: those have no number */
	uint32_t *first;   /* of each number, 1 + the first record of A that none of B was, … */
	uint32_t *next;    /* … and after each record of A the next one; or once one was, … */
	uint8_t *is_moved; /* … which, of each record of A … */
	uint8_t *is_taken; /* … and of B, whether any was */
};

static void moves_done(struct moves *all)
{
	free(all->first);
	free(all->next);
	free(all->is_moved);
	free(all->is_taken);
}

static void moves_done_p(struct moves *all)
{
	moves_done(all);
}

static void remember(struct moves *all, const struct meeting *m, const struct edit *run)
{
	for (size_t i = run->n; i--;) {
		size_t a = run->a + i - all->before;
		uint32_t *first = &all->first[m->sides[SIDE_A].numbers[a]];

		all->next[a] = *first;
		*first = (uint32_t)a + 1;
	}
}

static void pair_off(struct moves *all, const struct meeting *m, const struct edit *run)
{
	for (size_t i = 0; i < run->n; i++) {
		size_t b = run->b + i - all->before;
		uint32_t *first = &all->first[m->sides[SIDE_B].numbers[b]], a = *first;

		if (!a)
			continue;
		*first = all->next[--a];
		all->next[a] = (uint32_t)b;
		all->is_moved[a] = all->is_taken[b] = 1;
	}
}

static int find_moves(struct moves *all, const struct meeting *m, size_t n)
{
	size_t n_a = m->sides[SIDE_A].n_numbers, n_b = m->sides[SIDE_B].n_numbers;
	const struct edit_script *s = &m->script;

	if (n_a >= UINT32_MAX || n_b >= UINT32_MAX)
		return TSMMR_E_NOMEM;
	all->before = s->all[0].n;
	all->first = calloc(n + 1, sizeof(*all->first));
	all->next = calloc(n_a + 1, sizeof(*all->next));
	all->is_moved = calloc(n_a + 1, 1);
	all->is_taken = calloc(n_b + 1, 1);
	if (!all->first || !all->next || !all->is_moved || !all->is_taken)
		return TSMMR_E_NOMEM;
	for (size_t i = s->n; i--;)
		if (s->all[i].kind == EDIT_ONLY_A)
			remember(all, m, &s->all[i]);
	for (size_t i = 0; i < s->n; i++)
		if (s->all[i].kind == EDIT_ONLY_B)
			pair_off(all, m, &s->all[i]);
	return 0;
}

/* --- edits ------------------------------------------------------------------------------- */

static void add(struct diff_row *row, int kind, uint64_t a, uint64_t b)
{
	row->edits[row->n++] = diff_edit_of(kind, a, b);
}

static void add_run(struct diff_row *row, const struct edit *run, const struct moves *all)
{
	size_t a = run->a - all->before, b = run->b - all->before;

	for (size_t i = 0; run->kind == EDIT_ONLY_A && i < run->n; i++)
		if (all->is_moved[a + i])
			add(row, TSMMR_EDIT_MOVED, run->a + i, all->next[a + i] + all->before);
		else
			add(row, TSMMR_EDIT_ONLY_A, run->a + i, 0);
	for (size_t i = 0; run->kind == EDIT_ONLY_B && i < run->n; i++)
		if (!all->is_taken[b + i])
			add(row, TSMMR_EDIT_ONLY_B, run->a, run->b + i);
}

int diff_make_edits(struct diff_row *row, const struct meeting *m, size_t n)
{
	_cleanup_(moves_done) struct moves all = { 0 };
	int r = find_moves(&all, m, n);

	if (r < 0)
		return r;
	row->edits = calloc(m->script.cost + 1, sizeof(*row->edits));
	if (!row->edits)
		return TSMMR_E_NOMEM;
	for (size_t i = 0; i < m->script.n; i++)
		add_run(row, &m->script.all[i], &all);
	return 0;
}

/* Among the others, by where they are in A: from the last on, so that each is moved once. */
int diff_add_texts(struct diff_row *row, const struct meeting *m)
{
	size_t to = row->n + m->n_texts;
	struct diff_edit *edits;

	if (!m->n_texts)
		return 0;
	edits = reallocarray(row->edits, to, sizeof(*edits));
	if (!edits)
		return TSMMR_E_NOMEM;
	row->edits = edits;
	for (size_t k = m->n_texts, i = row->n; k;) {
		const struct pair *text = &m->texts[k - 1];

		if (i && diff_edit_a(&edits[i - 1]) > text->at[SIDE_A]) {
			edits[--to] = edits[--i];
			continue;
		}
		edits[--to] = diff_edit_of(TSMMR_EDIT_TEXT, text->at[SIDE_A], text->at[SIDE_B]);
		k--;
	}
	row->n += m->n_texts;
	return 0;
}
