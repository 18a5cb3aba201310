/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logs and lists of known values, changed: never "appraised" when a measured record is not in the
 * lists.  The registers are what the changed log replays to, so that all of it is proven.
 *
 *     appraised [-n COUNT] [-s SEED] [-v] CASES
 *
 * CASES: see mutate.c; the values there are not used.  What a list says, what a log replays to
 * and what follows is read here a second time, apart from the library.
 */
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "mutation.h"

#define ROWS_MAX 128
#define ENTRIES_MAX 4096
#define EV_SEPARATOR 4
#define EV_EFI_ACTION 0x80000007
#define TYPE_ANY UINT64_MAX

/* A register in a bank that both sides replay alike. */
struct row {
	char name[64];
	int alg;
	uint32_t index;
	bool firmware; /* where separators and firmware's actions are known by themselves */
};

struct base {
	char *path;
	char reg[64];
	int format;
	uint8_t *p;
	size_t n;
	struct mlog log;
	struct row rows[ROWS_MAX];
	size_t n_rows;
};

enum { SUMS, FOREIGN, RULES, LOG, N_LISTS };
static const char *const list_names[] = { "sums", "foreign", "rules", "log" };

/* What a list says, as read here. */
struct entry {
	struct bytes reg, digest; /* the digest as hex */
	char alg[16];
	uint64_t type;
};

struct list {
	int kind;
	bool any_order;
	const struct row *of; /* foreign: all its rows have this name */
	struct out text;
	struct entry entries[ENTRIES_MAX];
	size_t n;
	struct mlog log; /* of a log */
};

static struct {
	uint64_t all, no_log, no_list, appraised, incomplete, denied, wrong, lost;
} counts[N_LISTS];
static struct tsmmr_ctx *ctx;
static struct tsmmr_policy *policy;
static struct base *bases;
static size_t n_bases;
static bool verbose;

static const char *alg_name(int alg)
{
	return tsmmr_name(TSMMR_NAMES_HASH, alg);
}

static bool is_strong(int alg)
{
	return alg != TSMMR_HASH_SHA1;
}

static const EVP_MD *md_of(int alg)
{
	return alg == TSMMR_HASH_SHA1   ? EVP_sha1() :
	       alg == TSMMR_HASH_SHA256 ? EVP_sha256() :
	       alg == TSMMR_HASH_SHA384 ? EVP_sha384() :
	       alg == TSMMR_HASH_SHA512 ? EVP_sha512() :
					  NULL;
}

static size_t hash(int alg, const void *a, size_t n, uint8_t *ret)
{
	unsigned size = 0;

	EVP_Digest(a, n, ret, &size, md_of(alg), NULL);
	return size;
}

static void hex_of(const uint8_t *p, size_t n, char *ret)
{
	*ret = 0;
	for (size_t i = 0; i < n; i++)
		sprintf(ret + 2 * i, "%02x", p[i]);
}

/* The digest of a record in a bank; a line's is made. */
static struct bytes digest_of(const struct mlog *log, const struct rec *r, int alg, uint8_t *room)
{
	if (log->codec->lines)
		return (struct bytes){ room, hash(alg, r->data.p, r->data.n, room) };
	for (size_t k = 0; k < r->n; k++)
		if (r->algs[k] == alg)
			return r->digests[k];
	return (struct bytes){ NULL, 0 };
}

static bool is_of(const struct mlog *log, const struct rec *r, const struct row *row)
{
	return r->measured && (log->codec->lines || r->index == row->index);
}

/* From zero; what starts elsewhere is left out when bases are opened. */
static size_t replay(const struct mlog *log, const struct row *row, uint8_t *value)
{
	uint8_t both[128], room[64];
	size_t size = (size_t)EVP_MD_get_size(md_of(row->alg));

	memset(value, 0, size);
	for (size_t i = 0; i < log->n; i++) {
		struct bytes d;

		if (!is_of(log, &log->recs[i], row))
			continue;
		d = digest_of(log, &log->recs[i], row->alg, room);
		if (d.n != size)
			continue;
		memcpy(both, value, size);
		memcpy(both + size, d.p, size);
		hash(row->alg, both, 2 * size, value);
	}
	return size;
}

static struct tsmmr_log *parse(const struct base *b, const uint8_t *p, size_t n)
{
	struct tsmmr_log *log;

	if (parse_borrow_as(ctx, b->format, TSMMR_PLATFORM_AUTO, b->reg[0] ? b->reg : NULL, p, n,
			    &log, NULL) < 0)
		return NULL;
	return log;
}

static bool is_firmware(const char *name)
{
	return (!strncmp(name, "pcr", 3) && strtoul(name + 3, NULL, 10) < 8) ||
	       !strcmp(name, "rtmr0") || !strcmp(name, "rtmr1");
}

static void find_rows(struct base *b, struct tsmmr_log *log)
{
	struct tsmmr_report *report;

	if (tsmmr_report_new(ctx, &log, 1, NULL, policy, &report, NULL) < 0)
		die(b->path, "no report");
	for (size_t i = 0; i < tsmmr_report_count(report) && b->n_rows < ROWS_MAX; i++) {
		const struct tsmmr_reg *reg = tsmmr_report_reg(report, i);
		struct row *row = &b->rows[b->n_rows];
		uint8_t own[64];
		const uint8_t *value;
		size_t n;

		*row = (struct row){ .alg = tsmmr_reg_hash(reg),
				     .index = (uint32_t)tsmmr_reg_index(reg) };
		snprintf(row->name, sizeof(row->name), "%s", tsmmr_report_name(report, i));
		row->firmware = is_firmware(row->name);
		if (!md_of(row->alg) || tsmmr_report_replayed(report, i, &value, &n) < 0 ||
		    replay(&b->log, row, own) != n || memcmp(own, value, n))
			continue;
		b->n_rows++;
	}
	tsmmr_report_free(report);
}

static bool base_open(struct base *b, const char *format)
{
	struct tsmmr_log *log;

	if (strncmp(format, "ima", 3) == 0)
		return false; /* what is extended there is derived */
	if (strcmp(format, "auto"))
		tsmmr_name_find(TSMMR_NAMES_FORMAT, format, &b->format);
	log = parse(b, b->p, b->n);
	if (!log)
		return false;
	b->format = tsmmr_log_format(log);
	b->log.codec = codec_of(b->format);
	if (b->log.codec && b->log.codec != &codec_ima && b->n < 200000 &&
	    b->log.codec->parse((struct bytes){ b->p, b->n }, &b->log) && !b->log.undeclared)
		find_rows(b, log);
	tsmmr_log_free(log);
	for (size_t i = 0; i < b->n_rows; i++)
		if (is_strong(b->rows[i].alg))
			return true;
	return false;
}

static void read_cases(const char *path)
{
	char *line = NULL;
	size_t size = 0;
	FILE *f = fopen(path, "r");

	if (!f)
		die(path, strerror(errno));
	while (getline(&line, &size, f) > 0) {
		char *rest = line, *name = strsep(&rest, "\t"), *format = strsep(&rest, "\t"),
		     *reg = strsep(&rest, "\t");
		struct base *b;

		if (!reg)
			die(path, "a line of too few fields");
		bases = realloc(bases, (n_bases + 1) * sizeof(*bases));
		b = &bases[n_bases];
		*b = (struct base){ .path = strdup(name) };
		b->p = file_read(name, &b->n);
		if (strcmp(reg, "-"))
			snprintf(b->reg, sizeof(b->reg), "%s", reg);
		if (base_open(b, format)) {
			n_bases++;
			continue;
		}
		free(b->path);
		free(b->p);
		mlog_done(&b->log);
	}
	free(line);
	fclose(f);
}

/* --- lists -------------------------------------------------------------------------------- */

static void say(struct out *o, const char *text)
{
	out_add(o, text, strlen(text));
}

static void say_sum(struct out *o, const struct mlog *log, const struct rec *r,
		    const struct row *row)
{
	uint8_t room[64];
	struct bytes d = digest_of(log, r, row->alg, room);
	char hex[129], line[300];

	if (!d.n)
		return;
	hex_of(d.p, d.n, hex);
	snprintf(line, sizeof(line), "%s %s:%s", row->name, alg_name(row->alg), hex);
	say(o, line);
	if (!log->codec->lines && !log->codec->cel && rnd(3) == 0) {
		snprintf(line, sizeof(line), " 0x%08x", r->type);
		say(o, line);
	}
	say(o, " a name\n");
}

static void each_sum(struct out *o, const struct base *b, const struct mlog *log, unsigned banks,
		     const struct row *of)
{
	for (size_t i = 0; i < log->n; i++)
		for (size_t k = 0; k < b->n_rows; k++) {
			const struct row *row = &b->rows[k];
			uint8_t room[64];
			struct bytes d;
			char hex[129];

			if (!is_of(log, &log->recs[i], row) ||
			    (banks && is_strong(row->alg) != (banks == 1)))
				continue;
			if (!of) {
				say_sum(o, log, &log->recs[i], row);
			} else if (!strcmp(row->name, of->name)) {
				d = digest_of(log, &log->recs[i], row->alg, room);
				hex_of(d.p, d.n, hex);
				say(o, hex);
				say(o, "  a file\n");
			}
		}
}

static void each_rule(struct out *o, const struct base *b)
{
	for (size_t k = 0; k < b->n_rows; k++) {
		say(o, b->rows[k].name);
		say(o, " * *\n");
	}
	if (!b->log.codec->lines || rnd(2))
		return;
	o->n = 0;
	for (size_t i = 0; i < b->log.n; i++) {
		const struct rec *r = &b->log.recs[i];
		size_t n = r->data.n ? rnd(r->data.n + 1) : 0;

		if (!r->measured)
			continue;
		say(o, b->rows[0].name);
		say(o, " * \"");
		out_add(o, r->data.p, rnd(2) ? n : r->data.n);
		say(o, n == r->data.n || rnd(2) ? "\"" : "*\"");
		say(o, rnd(8) ? "\n" : rnd(2) ? " once\n" : " require\n");
	}
}

/* One line of a list, or some bytes of it. */
static void change_list(struct out *o)
{
	static const char *const extra[] = {
		"\r\n", "\n\n", "# x\n", "\0\n", " \t\n", "rtmr0\n", "pcr0 sha256:00\n", "\x1b[2J\n"
	};
	size_t at = o->n ? rnd(o->n) : 0, begin = at, end = at;
	struct out copy = { NULL, 0, 0 };

	while (begin && o->p[begin - 1] != '\n')
		begin--;
	while (end < o->n && o->p[end] != '\n')
		end++;
	end += end < o->n;
	switch (rnd(9)) {
	case 0: /* drop it */
		memmove(o->p + begin, o->p + end, o->n - end);
		o->n -= end - begin;
		return;
	case 1: /* twice */
		out_add(&copy, o->p + begin, end - begin);
		out_add(o, copy.p, copy.n);
		break;
	case 2: /* another line before it */
		at = rnd(sizeof(extra) / sizeof(extra[0]));
		out_add(&copy, o->p + begin, o->n - begin);
		o->n = begin;
		out_add(o, extra[at], at == 3 ? 2 : strlen(extra[at]));
		out_add(o, copy.p, copy.n);
		break;
	case 3: /* another digit */
		if (o->n && o->p[at] >= '0' && o->p[at] <= '9')
			o->p[at] = (uint8_t)('0' + rnd(10));
		break;
	case 4: /* another bank, register or type, by its first digit */
		for (size_t i = begin; i < end; i++)
			if (o->p[i] == (at & 1 ? ' ' : '0') && rnd(4) == 0) {
				o->p[i] = (uint8_t)("12345678 x*"[rnd(11)]);
				break;
			}
		break;
	case 5:
		o->n = at;
		break;
	case 6:
		if (o->n)
			o->p[at] = (uint8_t) "\r\0\n\t *#:?[]\""[rnd(12)];
		break;
	case 7:
		if (o->n)
			change_raw(o);
		break;
	default:
		break;
	}
	free(copy.p);
}

/* Without its end, and taken off the front of rest. */
static struct bytes line_of(struct bytes *rest)
{
	const uint8_t *end = memchr(rest->p, '\n', rest->n);
	struct bytes line = { rest->p, end ? (size_t)(end - rest->p) : rest->n };

	rest->p += line.n + !!end;
	rest->n -= line.n + !!end;
	line.n -= line.n && line.p[line.n - 1] == '\r';
	return line;
}

static void skip_blanks(struct bytes *line)
{
	while (line->n && (*line->p == ' ' || *line->p == '\t'))
		line->p++, line->n--;
}

static struct bytes word(struct bytes *line)
{
	struct bytes w;

	skip_blanks(line);
	w = (struct bytes){ line->p, 0 };
	while (w.n < line->n && line->p[w.n] != ' ' && line->p[w.n] != '\t')
		w.n++;
	line->p += w.n;
	line->n -= w.n;
	return w;
}

static bool is_digest(struct bytes w, char *alg)
{
	size_t n = w.n;

	for (size_t i = 0; i < n; i++)
		if (!memchr("0123456789abcdefABCDEF", w.p[i], 22))
			return false;
	if (!*alg)
		strcpy(alg, n == 40 ? "sha1" : n == 64 ? "sha256" : n == 96 ? "sha384" : "sha512");
	return n >= 40;
}

/* More than the library takes is no harm: then it knows less. */
static void read_list(struct list *l)
{
	struct bytes rest = { l->text.p, l->text.n };

	l->n = 0;
	while (rest.n && l->n < ENTRIES_MAX) {
		struct bytes line = line_of(&rest), w, d;
		struct entry *e = &l->entries[l->n];
		const uint8_t *colon;

		*e = (struct entry){ .type = TYPE_ANY };
		if (l->kind == FOREIGN)
			e->reg =
				(struct bytes){ (const uint8_t *)l->of->name, strlen(l->of->name) };
		else
			e->reg = word(&line);
		d = word(&line);
		colon = d.n ? memchr(d.p, ':', d.n) : NULL;
		if (colon && (size_t)(colon - d.p) < sizeof(e->alg)) {
			memcpy(e->alg, d.p, (size_t)(colon - d.p));
			d.n -= (size_t)(colon + 1 - d.p);
			d.p = colon + 1;
		}
		if (!is_digest(d, e->alg))
			continue;
		e->digest = d;
		w = word(&line);
		if (l->kind == SUMS && w.n == 10 && !memcmp(w.p, "0x", 2)) {
			char number[11] = { 0 }, *rest_of;
			uint64_t type;

			memcpy(number, w.p, 10);
			type = strtoull(number, &rest_of, 16);
			/* What is no number is a name. */
			if (!*rest_of && rest_of == number + 10)
				e->type = type;
		}
		l->n++;
	}
}

/* A range, as "pcr0-7", or the name. */
static bool is_reg(struct bytes said, const char *name)
{
	char text[64] = { 0 }, *dash;
	size_t letters = strcspn(name, "0123456789");

	if (said.n >= sizeof(text))
		return false;
	memcpy(text, said.p, said.n);
	dash = strchr(text, '-');
	if (!dash)
		return !strcmp(text, name);
	return !strncmp(text, name, letters) &&
	       strtoul(name + letters, NULL, 10) >= strtoul(text + letters, NULL, 10) &&
	       strtoul(name + letters, NULL, 10) <= strtoul(dash + 1, NULL, 10);
}

static bool lists_has(const struct list *l, const struct mlog *log, const struct rec *r,
		      const struct row *row, bool typed)
{
	uint8_t room[64];
	struct bytes d = digest_of(log, r, row->alg, room);
	char hex[129], said[129];

	hex_of(d.p, d.n, hex);
	for (size_t i = 0; d.n && i < l->n; i++) {
		const struct entry *e = &l->entries[i];

		if (e->digest.n != 2 * d.n || strcasecmp(e->alg, alg_name(row->alg)) ||
		    !is_reg(e->reg, row->name) ||
		    (typed && e->type != TYPE_ANY &&
		     (log->codec->lines || (!log->codec->cel && e->type != r->type))))
			continue;
		memcpy(said, e->digest.p, e->digest.n);
		said[e->digest.n] = 0;
		if (!strcasecmp(said, hex))
			return true;
	}
	return false;
}

/* --- what must be so ---------------------------------------------------------------------- */

/* Does the digest cover some of the data, to its end or nearly, or to a NUL that was cut off? */
static bool covers(const struct rec *r, const struct bytes *d, int alg)
{
	static uint8_t data[1 << 20];
	uint8_t value[64];
	size_t n = r->data.n + 1;

	/* Of other content the encoding's own head is covered too, which is not kept here. */
	if (r->content && r->content != CONTENT_PCCLIENT && r->content != CONTENT_SYSTEMD)
		return true;
	if (n > sizeof(data))
		return false;
	memcpy(data, r->data.p, r->data.n);
	data[r->data.n] = 0;
	for (size_t from = 0; from < n; from++)
		for (size_t less = 0; less < 6 && from + less <= n; less++)
			if (hash(alg, data + from, n - from - less, value) == d->n &&
			    !memcmp(value, d->p, d->n))
				return true;
	return false;
}

/* JSON has the types' names. */
static bool is_type(const struct rec *r, uint32_t type, const char *name)
{
	return r->name.n ? r->name.n == strlen(name) && !memcmp(r->name.p, name, r->name.n) :
			   r->type == type;
}

static bool is_constant(const struct mlog *log, const struct rec *r, const struct row *row)
{
	static const char *const actions[] = {
		"Calling EFI Application from Boot Option",
		"Returning from EFI Application from Boot Option",
		"Exit Boot Services Invocation",
		"Exit Boot Services Returned with Failure",
		"Exit Boot Services Returned with Success",
	};
	static const uint8_t zeros[4], ones[4] = { 0xff, 0xff, 0xff, 0xff };
	uint8_t room[64], value[64];
	struct bytes d = digest_of(log, r, row->alg, room);
	bool same = false;

	if (log->codec->lines || !row->firmware)
		return false;
	if (is_type(r, EV_SEPARATOR, "EV_SEPARATOR"))
		same = r->data.n == 4 &&
		       (!memcmp(r->data.p, zeros, 4) || !memcmp(r->data.p, ones, 4));
	for (size_t i = 0; is_type(r, EV_EFI_ACTION, "EV_EFI_ACTION") && i < 5; i++)
		same |= r->data.n == strlen(actions[i]) &&
			!memcmp(r->data.p, actions[i], r->data.n);
	return same && hash(row->alg, r->data.p, r->data.n, value) == d.n &&
	       !memcmp(value, d.p, d.n);
}

static bool rules_have(const struct list *l, const struct mlog *log, const struct rec *r,
		       const struct row *row)
{
	uint8_t room[64];
	struct bytes d = digest_of(log, r, row->alg, room), rest = { l->text.p, l->text.n };
	char text[512] = { 0 }, pattern[2048];

	if (!d.n || !covers(r, &d, row->alg))
		return false;
	if (log->codec->lines && r->data.n < sizeof(text))
		memcpy(text, r->data.p, r->data.n);
	while (rest.n) {
		struct bytes line = line_of(&rest), reg = word(&line), w = word(&line);

		skip_blanks(&line);
		if (!is_reg(reg, row->name) || !w.n || !line.n || line.n >= sizeof(pattern))
			continue;
		if (!log->codec->lines)
			return true;
		if (*line.p == '"') {
			line.p++;
			line.n--;
			while (line.n && line.p[line.n - 1] != '"')
				line.n--;
			line.n -= !!line.n;
		} else {
			line = word(&line);
		}
		memcpy(pattern, line.p, line.n);
		pattern[line.n] = 0;
		if (!fnmatch(pattern, text, FNM_NOESCAPE))
			return true;
	}
	return false;
}

static bool same_digests(const struct mlog *a, const struct rec *x, const struct mlog *b,
			 const struct rec *y, const struct base *base, uint32_t index)
{
	bool any = false;

	for (size_t k = 0; k < base->n_rows; k++) {
		uint8_t room[2][64];
		struct bytes d, e;

		if (base->rows[k].index != index || !is_strong(base->rows[k].alg))
			continue;
		d = digest_of(a, x, base->rows[k].alg, room[0]);
		e = digest_of(b, y, base->rows[k].alg, room[1]);
		if (d.n && e.n) {
			if (d.n != e.n || memcmp(d.p, e.p, d.n))
				return false;
			any = true;
		}
	}
	return any;
}

/* Record at of log in the reference: the next of its register, or one that is left. */
static bool reference_has(const struct list *l, const struct mlog *log, size_t at,
			  const struct base *b, const struct row *row, bool *used, size_t *next)
{
	if (l->any_order) {
		for (size_t i = 0; i < l->log.n; i++)
			if (!used[i] && is_of(&l->log, &l->log.recs[i], row) &&
			    same_digests(log, &log->recs[at], &l->log, &l->log.recs[i], b,
					 row->index))
				return used[i] = true;
		return false;
	}
	while (*next < l->log.n && !is_of(&l->log, &l->log.recs[*next], row))
		++*next;
	if (*next < l->log.n &&
	    same_digests(log, &log->recs[at], &l->log, &l->log.recs[*next], b, row->index)) {
		++*next;
		return true;
	}
	*next = l->log.n;
	return false;
}

/* Is every measured record of this register in the list? */
static bool all_known(const struct list *l, const struct mlog *log, const struct base *b,
		      const struct row *row)
{
	bool *used = calloc(l->log.n + 1, sizeof(*used)), all = true;
	size_t next = 0;

	for (size_t i = 0; i < log->n && all; i++) {
		const struct rec *r = &log->recs[i];
		bool known = false;

		if (!is_of(log, r, row))
			continue;
		if (l->kind == LOG)
			known = reference_has(l, log, i, b, row, used, &next);
		for (size_t k = 0; k < b->n_rows && !known; k++) {
			const struct row *bank = &b->rows[k];

			if (bank->index != row->index || !is_strong(bank->alg))
				continue;
			known = is_constant(log, r, bank) ||
				(l->kind == RULES ? rules_have(l, log, r, bank) :
				 l->kind != LOG   ? lists_has(l, log, r, bank, true) :
						    false);
		}
		all = known;
	}
	free(used);
	return all;
}

static bool is_right(const struct list *l, const struct list *denied, const struct mlog *log,
		     const struct base *b)
{
	for (size_t k = 0; k < b->n_rows; k++) {
		if (is_strong(b->rows[k].alg) && !all_known(l, log, b, &b->rows[k]))
			return false;
		for (size_t i = 0; denied->n && i < log->n; i++)
			if (is_of(log, &log->recs[i], &b->rows[k]) &&
			    lists_has(denied, log, &log->recs[i], &b->rows[k], false))
				return false;
	}
	return true;
}

/* --- one change --------------------------------------------------------------------------- */

static void make_list(struct list *l, const struct base *b, unsigned *edits)
{
	unsigned n = rnd(3) ? (unsigned)rnd(3) : 0, banks = rnd(4) ? 0 : 1 + (unsigned)rnd(2);

	l->kind = (int)rnd(N_LISTS);
	l->text.n = l->n = 0;
	l->any_order = l->kind == LOG && rnd(2);
	l->of = &b->rows[rnd(b->n_rows)];
	if (l->kind == RULES)
		each_rule(&l->text, b);
	else if (l->kind != LOG)
		each_sum(&l->text, b, &b->log, banks, l->kind == FOREIGN ? l->of : NULL);
	for (unsigned i = 0; i < n && l->kind != LOG; i++)
		change_list(&l->text);
	*edits += l->kind == RULES || l->kind == FOREIGN || banks ? 1 : l->kind == LOG ? 0 : n;
	if (l->kind == SUMS || l->kind == FOREIGN)
		read_list(l);
}

/* The reference is the log before it was changed, or another edit of it. */
static int add_reference(struct list *l, const struct base *b, const struct base *other,
			 struct tsmmr_known *known, unsigned *edits)
{
	static struct out o;
	size_t k = rnd(n_kinds);
	struct tsmmr_stream *stream;
	int r;

	mlog_copy(&b->log, &l->log);
	if (rnd(2) && kinds[k].change) {
		kinds[k].change(&l->log, &other->log);
		++*edits;
	}
	o.n = 0;
	l->log.codec->write(&l->log, &o);
	l->log.shift = 0;
	if (!l->log.codec->parse((struct bytes){ o.p, o.n }, &l->log))
		return -1;
	r = open_mem_as(ctx, b->format, TSMMR_PLATFORM_AUTO, b->reg[0] ? b->reg : NULL, o.p, o.n,
			&stream, NULL);
	if (r < 0)
		return r;
	r = tsmmr_known_add_stream(known, l->any_order ? TSMMR_LIST_ANY_ORDER : 0, "reference",
				   stream, NULL);
	tsmmr_stream_free(stream);
	return r;
}

static struct tsmmr_regs *values_of(const struct base *b, const struct mlog *log)
{
	struct tsmmr_regs *regs = NULL;
	struct out o = { NULL, 0, 0 };

	for (size_t i = 0; i < b->n_rows; i++) {
		uint8_t value[64];
		char hex[129], line[300];

		hex_of(value, replay(log, &b->rows[i], value), hex);
		snprintf(line, sizeof(line), "%s:%s=%s\n", b->rows[i].name,
			 alg_name(b->rows[i].alg), hex);
		say(&o, line);
	}
	if (tsmmr_regs_from_values(ctx, TSMMR_VALUES_AUTO, TSMMR_PLATFORM_AUTO, (char *)o.p, o.n,
				   &regs, NULL) < 0)
		regs = NULL;
	free(o.p);
	return regs;
}

static void complain(const char *what, const struct base *b, const struct list *l,
		     const struct list *denied, const struct out *o)
{
	static unsigned n;
	char name[64];
	FILE *f;

	printf("%s: %s, %s%s\n", what, b->path, list_names[l->kind],
	       l->any_order ? " in any order" : "");
	if (!verbose || n++ > 20)
		return;
	snprintf(name, sizeof(name), "appraised-%u.log", n);
	f = fopen(name, "wb");
	if (f) {
		fwrite(o->p, 1, o->n, f);
		fclose(f);
	}
	snprintf(name, sizeof(name), "appraised-%u.list", n);
	f = fopen(name, "wb");
	if (f) {
		fwrite(l->text.p, 1, l->text.n, f);
		fputs("\n# denied\n", f);
		fwrite(denied->text.p, 1, denied->text.n, f);
		fclose(f);
	}
}

static bool once(const struct base *b, const struct base *other)
{
	static struct mlog changed, seen;
	static struct list list, denied;
	static struct out o;
	struct tsmmr_known *known = NULL;
	struct tsmmr_report *report = NULL;
	struct tsmmr_appraisal *appraisal = NULL;
	struct tsmmr_regs *regs = NULL;
	struct tsmmr_log *log = NULL;
	unsigned edits = 0, log_edits = 0;
	size_t k = rnd(n_kinds);
	int r, verdict;

	scratch_reset();
	o.n = 0;
	mlog_copy(&b->log, &changed);
	if (rnd(3) && kinds[k].change) {
		if (!kinds[k].change(&changed, &other->log))
			return false;
		log_edits = 1;
	}
	changed.codec->write(&changed, &o);
	seen.codec = b->log.codec;
	seen.shift = 0;
	/* Without a second opinion there is nothing to compare with. */
	if (!seen.codec->parse((struct bytes){ o.p, o.n }, &seen))
		return false;
	make_list(&list, b, &edits);
	if (tsmmr_known_new(ctx, &known, NULL) < 0)
		die("known", "out of memory");
	counts[list.kind].all++;
	denied.kind = SUMS;
	denied.text.n = denied.n = 0;
	if (rnd(6) == 0 && seen.n) {
		each_sum(&denied.text, b, &seen, 0, NULL);
		for (unsigned i = 0; i < 200 && denied.text.n > 400; i++)
			denied.text.n /= 2;
		read_list(&denied);
		r = denied.text.n ?
			    tsmmr_known_add(known, TSMMR_KNOWN_SUMS | TSMMR_LIST_DENIED, NULL,
					    "denied", denied.text.p, denied.text.n, NULL) :
			    0;
		if (r < 0) {
			tsmmr_known_free(known);
			counts[list.kind].no_list++;
			return true;
		}
		edits += denied.n > 0;
	}
	if (list.kind == LOG)
		r = add_reference(&list, b, other, known, &edits);
	else
		r = tsmmr_known_add(known,
				    list.kind == RULES ? TSMMR_KNOWN_RULES : TSMMR_KNOWN_SUMS,
				    list.kind == FOREIGN ? list.of->name : NULL, "list",
				    list.text.p, list.text.n, NULL);
	log = r < 0 ? NULL : parse(b, o.p, o.n);
	regs = log ? values_of(b, &seen) : NULL;
	if (r < 0)
		counts[list.kind].no_list++;
	else if (!regs || tsmmr_report_new(ctx, &log, 1, regs, policy, &report, NULL) < 0)
		counts[list.kind].no_log++;
	else if (tsmmr_appraisal_new(report, known, &log, 1, &appraisal, NULL) < 0)
		die(b->path, "no appraisal");
	verdict = tsmmr_appraisal_verdict(appraisal);
	counts[list.kind].appraised += verdict == TSMMR_APPRAISED_YES;
	counts[list.kind].incomplete += verdict == TSMMR_APPRAISED_INCOMPLETE;
	counts[list.kind].denied += verdict == TSMMR_APPRAISED_DENIED;
	if (verdict == TSMMR_APPRAISED_YES && !is_right(&list, &denied, &seen, b)) {
		counts[list.kind].wrong++;
		complain("FALSE APPRAISED", b, &list, &denied, &o);
	}
	if (verdict && verdict != TSMMR_APPRAISED_YES && !edits && !log_edits && !denied.n &&
	    tsmmr_report_verdict(report) == TSMMR_VERDICT_VERIFIED) {
		counts[list.kind].lost++;
		complain("not appraised", b, &list, &denied, &o);
	}
	tsmmr_appraisal_free(appraisal);
	tsmmr_report_free(report);
	tsmmr_regs_free(regs);
	tsmmr_log_free(log);
	tsmmr_known_free(known);
	return true;
}

static int print_counts(void)
{
	uint64_t wrong = 0, yes = 0;

	printf("%-8s %8s %8s %8s | %9s %10s %8s | %6s %6s\n", "list", "all", "no log", "no list",
	       "appraised", "incomplete", "denied", "false", "lost");
	for (size_t i = 0; i < N_LISTS; i++) {
		printf("%-8s %8llu %8llu %8llu | %9llu %10llu %8llu | %6llu %6llu\n", list_names[i],
		       (unsigned long long)counts[i].all, (unsigned long long)counts[i].no_log,
		       (unsigned long long)counts[i].no_list,
		       (unsigned long long)counts[i].appraised,
		       (unsigned long long)counts[i].incomplete,
		       (unsigned long long)counts[i].denied, (unsigned long long)counts[i].wrong,
		       (unsigned long long)counts[i].lost);
		wrong += counts[i].wrong + counts[i].lost;
		yes += counts[i].appraised;
	}
	printf("false appraised, or lost: %llu\n", (unsigned long long)wrong);
	return wrong || !yes;
}

int main(int argc, char **argv)
{
	uint64_t count = 20000, n = 0;
	int c, r;

	while ((c = getopt(argc, argv, "n:s:v")) != -1) {
		if (c == 'n')
			count = strtoull(optarg, NULL, 0);
		else if (c == 's')
			rng ^= strtoull(optarg, NULL, 0);
		else if (c == 'v')
			verbose = true;
		else
			return 2;
	}
	if (optind + 1 != argc || !rng)
		die("appraised", "usage: appraised [-n COUNT] [-s SEED] [-v] CASES");
	if (tsmmr_ctx_new(0, &ctx, NULL) < 0 || tsmmr_policy_new(ctx, &policy, NULL) < 0 ||
	    tsmmr_policy_allow(policy, "launch-unknown", NULL) < 0)
		return 2;
	read_cases(argv[optind]);
	if (!n_bases)
		die(argv[optind], "has no log that can be used");
	printf("%zu logs\n", n_bases);
	while (n < count) {
		const struct base *b = &bases[rnd(n_bases)];

		if (b->n < 60000 || !rnd(16))
			n += once(b, &bases[rnd(n_bases)]);
	}
	r = print_counts();
	scratch_reset();
	for (size_t i = 0; i < n_bases; i++) {
		free(bases[i].path);
		free(bases[i].p);
		mlog_done(&bases[i].log);
	}
	free(bases);
	tsmmr_policy_free(policy);
	tsmmr_ctx_free(ctx);
	return r;
}
