/* SPDX-License-Identifier: BSD-2-Clause */
/* The changes that an attacker, a bad copy or a bug makes to a log. */
#include "mutation.h"

#include <stdlib.h>
#include <string.h>

#define EV_NO_ACTION 3

uint64_t rng = UINT64_C(0x9e3779b97f4a7c15);

uint64_t rnd(uint64_t below)
{
	rng ^= rng >> 12;
	rng ^= rng << 25;
	rng ^= rng >> 27;
	return (rng * UINT64_C(0x2545f4914f6cdd1d) >> 16) % below;
}

static struct {
	void *all[64];
	size_t n;
} pieces;

void scratch_reset(void)
{
	while (pieces.n)
		free(pieces.all[--pieces.n]);
}

uint8_t *scratch(size_t n)
{
	uint8_t *p = malloc(n + 1);

	if (!p || pieces.n == sizeof(pieces.all) / sizeof(pieces.all[0]))
		abort();
	pieces.all[pieces.n++] = p;
	return p;
}

static struct bytes noise(size_t n)
{
	uint8_t *p = scratch(n);

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)rnd(256);
	return (struct bytes){ p, n };
}

static struct bytes flipped(struct bytes b)
{
	uint8_t *p = scratch(b.n);

	memcpy(p, b.p, b.n);
	p[rnd(b.n)] ^= (uint8_t)(1u << rnd(8));
	return (struct bytes){ p, b.n };
}

/* A measured record, and its number. */
static struct rec *pick(struct mlog *log, size_t *ret_at)
{
	size_t n = 0;

	for (size_t i = 0; i < log->n; i++)
		n += log->recs[i].measured;
	if (!n)
		return NULL;
	n = rnd(n);
	for (size_t i = 0; i < log->n; i++)
		if (log->recs[i].measured && !n--) {
			*ret_at = i;
			return &log->recs[i];
		}
	return NULL;
}

static bool flip(struct mlog *log, const struct mlog *other)
{
	size_t at;
	struct rec *r = pick(log, &at);

	if (!r || (!log->codec->lines && !r->n))
		return false;
	if (log->codec->lines) {
		r->data = flipped(r->data);
	} else {
		size_t k = rnd(r->n);

		r->digests[k] = flipped(r->digests[k]);
	}
	return true;
}

static bool drop(struct mlog *log, const struct mlog *other)
{
	size_t at;

	if (!pick(log, &at))
		return false;
	mlog_remove(log, at, 1);
	return true;
}

/* Like one that is there, but for what was measured. */
static bool insert(struct mlog *log, const struct mlog *other)
{
	size_t at;
	struct rec *like = pick(log, &at), new;

	if (!like)
		return false;
	new = *like;
	if (log->codec->lines)
		new.data = flipped(new.data);
	for (size_t k = 0; k < new.n; k++)
		new.digests[k] = noise(new.digests[k].n);
	mlog_insert(log, rnd(log->n + 1), &new);
	return true;
}

/* What a register nobody measured would be extended with to look measured, and zeros. */
static bool insert_zero(struct mlog *log, const struct mlog *other)
{
	size_t at;
	struct rec *like = pick(log, &at), new;

	if (!like || log->codec->lines)
		return false;
	new = *like;
	new.type = rnd(2) ? new.type : 4;
	for (size_t k = 0; k < new.n; k++) {
		uint8_t *p = scratch(new.digests[k].n);

		memset(p, rnd(2) ? 0 : 0xff, new.digests[k].n);
		new.digests[k].p = p;
	}
	mlog_insert(log, rnd(log->n + 1), &new);
	return true;
}

static bool twice(struct mlog *log, const struct mlog *other)
{
	size_t at;
	struct rec *r = pick(log, &at), same;

	if (!r)
		return false;
	same = *r;
	mlog_insert(log, rnd(2) ? at + 1 : rnd(log->n + 1), &same);
	return true;
}

static bool swap(struct mlog *log, const struct mlog *other)
{
	size_t a, b;
	struct rec *r = pick(log, &a), tmp;

	if (!r)
		return false;
	b = a + 1;
	while (b < log->n && (!log->recs[b].measured || log->recs[b].index != r->index))
		b++;
	if (b == log->n && !pick(log, &b))
		return false;
	tmp = log->recs[a];
	log->recs[a] = log->recs[b];
	log->recs[b] = tmp;
	return a != b;
}

static bool truncate_log(struct mlog *log, const struct mlog *other)
{
	if (!log->n)
		return false;
	log->n -= 1 + (rnd(2) ? 0 : rnd(log->n));
	return true;
}

static bool behead(struct mlog *log, const struct mlog *other)
{
	if (!log->n)
		return false;
	mlog_remove(log, 0, 1 + (rnd(2) ? 0 : rnd(log->n)));
	return true;
}

/* CEL's content types and IMA's template names are not measured, but some contents never are. */
static void relabel_content(struct rec *r, bool cel)
{
	static const char *const names[] = { "ima", "ima-ng", "ima-sig", "d-ng|n-ng", "x" };
	static const uint8_t contents[] = { CONTENT_CEL, CONTENT_PCCLIENT, CONTENT_IMA_TEMPLATE,
					    CONTENT_IMA_TLV, CONTENT_SYSTEMD };
	const char *name = names[rnd(sizeof(names) / sizeof(names[0]))];

	if (cel)
		r->content = contents[rnd(sizeof(contents))];
	r->name = (struct bytes){ (const uint8_t *)name, strlen(name) };
	if (r->content == CONTENT_CEL) {
		r->type = 1 + (uint32_t)rnd(2);
		r->data.n = 0;
	}
}

/* Types are not measured, but for EV_NO_ACTION, which says that nothing is. */
static bool relabel(struct mlog *log, const struct mlog *other)
{
	static const uint32_t types[] = { 3,          3,          3,          0,
					  1,          4,          5,          6,
					  8,          0xd,        0x80000001, 0x80000002,
					  0x80000003, 0x80000006, 0x80000007, 0x80000008,
					  0x80000010, 0x800000e0, 0x12345678 };
	struct rec *r;

	if (!log->n)
		return false;
	r = &log->recs[rnd(log->n)];
	if (log->codec->lines) {
		uint8_t *p = scratch(r->data.n + 1);

		p[0] = '#';
		if (r->data.n)
			memcpy(p + 1, r->data.p, r->data.n);
		r->data = r->data.n && r->data.p[0] == '#' && rnd(2) ?
				  (struct bytes){ r->data.p + 1, r->data.n - 1 } :
				  (struct bytes){ p, r->data.n + 1 };
		return true;
	}
	if (log->codec->all_measured || (log->codec->cel && rnd(2)))
		relabel_content(r, log->codec->cel);
	else
		r->type = types[rnd(sizeof(types) / sizeof(types[0]))];
	return true;
}

/* To another register, the record staying where it is; or to another place in the log. */
static bool reorder(struct mlog *log, const struct mlog *other)
{
	size_t at, to;
	struct rec *r = pick(log, &at), moved;

	if (!r)
		return false;
	if (!log->codec->lines && rnd(2)) {
		r->index = log->recs[rnd(log->n)].index + (rnd(4) ? 0 : 1);
		return true;
	}
	moved = *r;
	mlog_remove(log, at, 1);
	to = rnd(log->n + 1);
	mlog_insert(log, to, &moved);
	return to != at;
}

/* A record that has no digests of banks which log does not have. */
static bool fits(const struct mlog *log, const struct rec *r)
{
	for (size_t i = 0; i < r->n; i++) {
		size_t k = 0;

		while (k < log->n_algs && log->algs[k] != r->algs[i])
			k++;
		if (k == log->n_algs || log->sizes[k] != r->digests[i].n)
			return false;
	}
	return true;
}

/* One record, or all from some place on, of another log. */
static bool splice(struct mlog *log, const struct mlog *other)
{
	size_t from, at, n;

	if (!other->n || other->codec != log->codec)
		return false;
	from = rnd(other->n);
	at = rnd(log->n + 1);
	n = rnd(2) ? 1 : other->n - from;
	if (n > 1)
		mlog_remove(log, at, log->n - at);
	for (size_t i = 0; i < n; i++)
		if (fits(log, &other->recs[from + i]))
			mlog_insert(log, at++, &other->recs[from + i]);
	return true;
}

/* Two digests of one algorithm: two extensions in what counts as one record. */
static bool fold(struct mlog *log, const struct mlog *other)
{
	size_t at;
	struct rec *r = pick(log, &at);
	size_t k, i;

	if (!r || log->codec->one_digest || !r->n || r->n == DIGESTS_MAX)
		return false;
	k = rnd(r->n);
	/* In place of another bank's where the count would give it away. */
	i = r->n < log->n_algs || r->n == 1 ? r->n++ : (k + 1) % r->n;
	r->algs[i] = r->algs[k];
	r->digests[i] = noise(r->digests[k].n);
	return true;
}

/* A bank less in one record. */
static bool thin(struct mlog *log, const struct mlog *other)
{
	size_t at;
	struct rec *r = pick(log, &at);

	if (!r || r->n < 2)
		return false;
	r->n--;
	return true;
}

/* The first digests of two records, exchanged. */
static bool exchange(struct mlog *log, const struct mlog *other)
{
	size_t a = 0, b = 0;
	struct rec *x = pick(log, &a), *y = pick(log, &b);
	struct bytes tmp;

	if (!x || !y || !x->n || !y->n || x->algs[0] != y->algs[0])
		return false;
	tmp = x->digests[0];
	x->digests[0] = y->digests[0];
	y->digests[0] = tmp;
	return a != b;
}

/* Such a comment as the kernel's text log has, behind what a log of another format needs. */
static struct bytes comment(const char *before, size_t n)
{
	static const char *const texts[] = { "# .EXTEND ", "# SYNC sha384/", "#", "" };
	const char *text = texts[rnd(4)];
	uint8_t *p = scratch(n + 128);
	bool value = text[0] && text[1];

	if (n)
		memcpy(p, before, n);
	memcpy(p + n, text, strlen(text));
	n += strlen(text);
	for (size_t i = 0; i < (value ? 96 : 0); i++)
		p[n++] = (uint8_t) "0123456789abcdef"[rnd(16)];
	return (struct bytes){ p, n };
}

/* What is not measured: EV_NO_ACTION of any kind, comments, blank lines. */
static bool unmeasured(struct mlog *log, const struct mlog *other)
{
	struct rec new = { .type = EV_NO_ACTION, .content = CONTENT_PCCLIENT };
	uint8_t *p;

	if (log->codec->all_measured || (log->codec->cel && !log->n))
		return false;
	if (log->codec->lines) {
		new.data = comment(NULL, 0);
		mlog_insert(log, rnd(log->n + 1), &new);
		return true;
	}
	new.index = log->codec->cel ? log->recs[rnd(log->n)].index : rnd(4) ? 0 : (uint32_t)rnd(8);
	for (size_t k = 0; k < log->n_algs; k++) {
		new.algs[k] = log->algs[k];
		new.digests[k] = noise(log->sizes[k]);
		new.n++;
	}
	p = scratch(17);
	memcpy(p, "StartupLocality", 16);
	p[16] = (uint8_t)rnd(6);
	new.data = rnd(2) ? (struct bytes){ p, 17 } : noise(rnd(40));
	if (log->codec->cel && rnd(2))
		new.data = comment("TSMMR text line", 16);
	if (log->codec->cel && !rnd(4)) {
		new.content = CONTENT_CEL;
		new.type = 2;
		new.data.n = 0;
	}
	mlog_insert(log, rnd(log->n + 1), &new);
	return true;
}

static bool text(struct mlog *log, const struct mlog *other)
{
	struct rec *r;

	if (log->codec->lines || !log->n)
		return false;
	r = &log->recs[rnd(log->n)];
	r->data = r->data.n && rnd(2) ? flipped(r->data) : noise(rnd(100));
	return true;
}

/* Bytes behind the end: padding of the other kind, and what hides in it. */
static bool tail(struct mlog *log, const struct mlog *other)
{
	size_t n = 64 + rnd(64);
	uint8_t *p = scratch(n);

	if (log->codec->lines) {
		log->no_newline = !log->no_newline;
		return true;
	}
	memset(p, rnd(2) ? 0 : 0xff, n);
	if (rnd(2))
		p[40 + rnd(n - 40)] = 1;
	log->tail = (struct bytes){ p, n };
	return true;
}

/* A record that looks like the end: all behind it is to be overlooked. */
static bool hole(struct mlog *log, const struct mlog *other)
{
	struct rec new = { .index = 0 };
	size_t k;

	if (log->codec->lines || log->n_algs < 1)
		return false;
	if (log->codec->one_digest) {
		uint8_t *zero = scratch(log->sizes[0]);

		memset(zero, 0, log->sizes[0]);
		new.n = 1;
		new.algs[0] = log->algs[0];
		new.digests[0] = (struct bytes){ zero, log->sizes[0] };
	}
	k = rnd(log->n + 1);
	mlog_insert(log, k, &new);
	return true;
}

void change_raw(struct out *o)
{
	size_t at = rnd(o->n), len = 1 + rnd(o->n - at < 64 ? o->n - at : 64);

	switch (rnd(6)) {
	case 0:
		memmove(o->p + at, o->p + at + len, o->n - at - len);
		o->n -= len;
		break;
	case 1:
		o->n = at;
		break;
	case 2:
		o->p[at] = (uint8_t)rnd(256);
		break;
	default:
		o->p[at] ^= (uint8_t)(1u << rnd(8));
	}
}

const struct kind kinds[] = {
	{ "flip", flip, false },
	{ "drop", drop, false },
	{ "insert", insert, false },
	{ "insert-zero", insert_zero, false },
	{ "double", twice, false },
	{ "swap", swap, false },
	{ "truncate", truncate_log, false },
	{ "behead", behead, false },
	{ "relabel", relabel, false },
	{ "reorder", reorder, false },
	{ "splice", splice, false },
	{ "fold", fold, false },
	{ "thin", thin, false },
	{ "exchange", exchange, false },
	{ "unmeasured", unmeasured, false },
	{ "text", text, false },
	{ "tail", tail, false },
	{ "hole", hole, false },
	{ "bytes", NULL, true },
};
const size_t n_kinds = sizeof(kinds) / sizeof(kinds[0]);
