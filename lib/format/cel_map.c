/* SPDX-License-Identifier: BSD-2-Clause */
/* Canonical event logs: the records of ours that say whose registers the numbers are. */
#include "core/index.h"
#include "core/names.h"
#include "crypto/hash.h"
#include "format/cel.h"
#include "format/tcg2.h"
#include "util/error.h"

const char cel_index_map[CEL_SIGNATURE_SIZE] = "TSMMR index map";

static bool is_map(const struct cel_record *rec)
{
	return rec->content == TSMMR_CONTENT_PCCLIENT_STD && rec->type == EV_NO_ACTION &&
	       span_starts(rec->data, cel_index_map, CEL_SIGNATURE_SIZE);
}

static struct span map_of(struct span data)
{
	return span_of(data.p + CEL_SIGNATURE_SIZE, data.n - CEL_SIGNATURE_SIZE);
}

/* Anybody can write a name: what is none stays out of messages and of terminals. */
static bool is_name(struct span s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (!s.n || s.n > CLAIM_MAX || !memchr(letters, s.p[0], sizeof(letters) - 1))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!memchr(letters, s.p[i], sizeof(letters) - 1) &&
		    !(s.p[i] && strchr("0123456789_-.:/", s.p[i])))
			return false;
	return true;
}

/* A virtual register's name has its carrier's in it, which its platform is called by. */
static bool is_whole(const struct platform *p, const char *name)
{
	size_t n = strlen(p->name);

	return strncmp(name, p->name, n) == 0 && name[n] == '/';
}

bool cel_map_text(const struct platform *p, const struct reg_desc *desc, struct buf *out)
{
	const struct hash_alg *alg = desc ? hash_by_id(desc->alg) : NULL;
	size_t at = out->n;

	if (!desc) {
		buf_printf(out, "%s %s", p->name, space_name(p->cel_space));
		return true;
	}
	if (!is_whole(p, desc->name))
		buf_printf(out, "%s/", p->name);
	buf_str(out, desc->name);
	if (alg)
		buf_printf(out, ":%s", alg->name);
	return out->failed || is_name(span_of(out->p + at, out->n - at));
}

/* "acme/agile:sha256", about a platform that is called acme. */
static int take_name(struct tsmmr_stream *s, const struct tsmmr_event *e, struct span map)
{
	const struct platform *p = s->platform;
	const char *slash, *colon;
	const struct hash_alg *alg = NULL;
	struct reg_desc desc = p->regs[0];
	char name[CLAIM_MAX + 1];

	if (!is_name(map) || map.n > CLAIM_MAX || e->index >= p->n_index)
		return TSMMR_E_MISMATCH;
	memcpy(name, map.p, map.n);
	name[map.n] = '\0';
	slash = strchr(name, '/');
	if (!slash || !span_eq(span_of(name, (size_t)(slash - name)), p->name, strlen(p->name)))
		return TSMMR_E_MISMATCH;
	colon = strrchr(slash, ':');
	if (colon)
		alg = hash_by_name(span_of(colon + 1, strlen(colon + 1)));
	if (alg)
		name[colon - name] = '\0';
	desc.name = is_whole(p, p->regs[0].name) ? name : slash + 1;
	desc.alg = alg ? alg->id : TSMMR_HASH_NONE;
	desc.size = alg ? alg->size : 0;
	return desc.name[0] ? platform_add_reg(p, e->index, &desc) : TSMMR_E_MISMATCH;
}

/* It can contradict what the caller says, and proves nothing. */
int cel_map_read(struct tsmmr_stream *s, struct tsmmr_error *err, const struct tsmmr_event *e)
{
	struct span map = map_of(e->data);
	bool named = is_name(map);
	int r;

	if (!s->platform->users && index_is_map_of(s->platform, map))
		return 0;
	r = s->platform->users && e->space != TSMMR_SPACE_NV ? take_name(s, e, map) :
							       TSMMR_E_MISMATCH;
	if (r != TSMMR_E_MISMATCH)
		return r < 0 ? fail_low(err, r) : 0;
	if (s->platform->users)
		return stream_fail(s, err, TSMMR_E_MALFORMED, e->offset,
				   "number %u of a log about %s registers is said to be %.*s",
				   e->index, s->platform->name, named ? (int)map.n : 10,
				   named ? (const char *)map.p : "no register");
	return stream_fail(s, err, TSMMR_E_MALFORMED, e->offset,
			   "the log says it is about %.*s registers, it is read as one about %s %s",
			   map.n < 32 ? (int)map.n : 32, map.p, s->platform->name,
			   space_name(s->platform->cel_space));
}

size_t cel_claims(const struct cel_record *rec, char ret[CLAIM_MAX])
{
	const char *ordinals = space_name(TSMMR_SPACE_RTMR);
	struct span map = span_of(ordinals, strlen(ordinals));

	if (rec->kind != CEL_CC_MR && rec->kind != CEL_RTMR) {
		if (!is_map(rec))
			return 0;
		map = map_of(rec->data);
		if (map.n > CLAIM_MAX || !(memchr(map.p, ' ', map.n) || is_name(map)))
			return 0;
	}
	memcpy(ret, map.p, map.n);
	return map.n;
}
