/* SPDX-License-Identifier: BSD-2-Clause */
/* Known values: what a verifier takes records of a log to be, or will not have.  The forms of
 * lists are in known/. */
#pragma once

#include <tsmmr/known.h>

#include "core/ctx.h"
#include "core/event.h"
#include "core/image.h"
#include "core/select.h"
#include "core/source.h"
#include "util/buf.h"

#define KNOWN_SOURCES_MAX 1024        /* lists of a set */
#define KNOWN_REGS_MAX 256            /* names of registers in them */
#define KNOWN_TYPES_MAX 256           /* and of event types */
#define KNOWN_DIGESTS_MAX (16u << 20) /* where the context has no limit of its own */
#define KNOWN_NAME_MAX 4096           /* bytes of what a list calls a digest */
#define KNOWN_LINE_MAX (16u << 10)    /* bytes of a line */
#define KNOWN_ANY 0                   /* for a register's number, and a type's */

struct known_kind;
struct tsmmr_known;

/* One list. */
struct known_source {
	const struct known_kind *kind;
	char *name;   /* what the caller calls it */
	uint16_t reg; /* number of the register that it was given for, or KNOWN_ANY */
	bool denied;  /* what is in it must not be */
	bool any_order;
	void *data; /* the kind's own; freed by its free() */
};

struct json_object;
struct known_loader;
typedef int (*known_load_fn)(struct known_loader *ld, void *user);

/* While a list is read. */
struct known_loader {
	struct tsmmr_known *known;
	struct known_source *source;
	struct source *in;
	known_load_fn read; /* NULL, or what is called with user in place of the kind's load() */
	void *user;
	struct image image; /* or this, in that role, which load() may take over */
	const char *role;
	uint64_t line;   /* the last that known_line() gave, from 1; 0: lines do not count */
	uint64_t offset; /* of it, or of whatever else is read, in bytes */
	struct tsmmr_error *err;
};

/* A measured record, as the kinds that are more than a list of digests see it. */
struct known_event {
	const struct tsmmr_event *e;
	uint16_t type;                /* its number in the set, or KNOWN_ANY */
	const bool *fits;             /* by a register's number in the set: is it the event's? */
	size_t slot;                  /* tells the registers of a report apart, below n_slots */
	const struct digest *digests; /* those that prove something; of a denied list, all */
	size_t n_digests;
	bool bound;       /* text is what the digests cover … */
	struct span text; /* … one line, escaped; only where a kind has wants_text */
	bool cut;         /* it is not all: see event_describe_whole() */
};

/* That something which must be is not, or what may not: after the last event. */
typedef int (*known_lack_fn)(void *user, const struct known_source *source, const char *text);

/* A form in which people have known values: a row of known/table.c. */
struct known_kind {
	int id; /* TSMMR_KNOWN_* */
	const char *name;
	bool wants_text;
	/* The whole list, or nothing: a set of which a list has failed is of no use. */
	int (*load)(struct known_loader *ld);
	/*
	 * NULL where known_add_digest() has said it all.  state is zeroed before the first event,
	 * state_size() bytes of it.  match() is 1 when this list knows the event (*ret_name is then
	 * what it calls it, which lives as long as the set), 0 when not, or an error.  It sees
	 * every measured record that is asked about, whether another list knows it or not.
	 */
	size_t (*state_size)(const struct known_source *source, size_t n_slots);
	int (*match)(const struct known_source *source, void *state, const struct known_event *e,
		     struct span *ret_name);
	/* Before the first event: is it asked about, by a register's number?  May be NULL. */
	void (*begin)(const struct known_source *source, void *state, const bool *asked);
	/* After match() was 1: which list it was of those that are matched together.  NULL: source.
	 */
	const struct known_source *(*source_of)(const void *state);
	/* What is lacking at the end, each once.  NULL: never anything. */
	int (*end)(const struct known_source *source, const void *state, known_lack_fn lack,
		   void *user);
	void (*free)(void *data);
};

struct known_word {
	char *text;
	struct select_item item; /* of a register: what text means */
};

/* Digests by hash.  (known_digest.c) */
struct known_digests {
	uint8_t *bytes; /* entries, one after the other */
	size_t n_bytes, cap_bytes;
	uint32_t *buckets; /* the last entry of each, by its place in bytes / 8 + 1; 0: none */
	size_t n_buckets;
	size_t n;
	uint64_t key[2]; /* so that nobody can write a list whose digests share a bucket */
};

struct tsmmr_known {
	unsigned users; /* atomic */
	bool used;      /* atomic: an appraisal was made with it, so it never changes again */
	bool failed;    /* a list was refused halfway */
	bool wants_text;
	const struct platform *const *platforms;
	size_t n_platforms;
	struct limits limits;
	struct crypto crypto; /* the context's */
	struct known_source *sources[KNOWN_SOURCES_MAX];
	size_t n_sources;
	struct known_word regs[KNOWN_REGS_MAX]; /* from 1: 0 is KNOWN_ANY */
	size_t n_regs;
	struct known_word types[KNOWN_TYPES_MAX];
	size_t n_types;
	struct known_digests digests;
};

/* The table is what register names are looked up in.  0, E_NOMEM, E_IO (no random bytes). */
int known_new(const struct tsmmr_ctx *ctx, const struct platform *const *platforms, size_t n,
	      struct tsmmr_known **ret, struct tsmmr_error *err);
struct tsmmr_known *known_ref(const struct tsmmr_known *known);
void known_unref(struct tsmmr_known *known);
DEFINE_CLEANUP(struct tsmmr_known *, known_unref)
/* For an appraisal: it is final from now on.  E_ARG after a list that failed. */
int known_use(struct tsmmr_known *known, struct tsmmr_error *err);

/*
 * Reads one list, whose bytes are in's.  reg may be NULL where the kind allows it; flags are
 * TSMMR_LIST_DENIED and such.  E_ARG, E_NOTFOUND (no platform has that register), E_MALFORMED
 * (also of a list with nothing in it), E_LIMIT, E_NOMEM, and what in fails with.
 */
int known_add(struct tsmmr_known *known, const struct known_kind *kind, int flags, const char *reg,
	      const char *name, struct source *in, struct tsmmr_error *err);
/* The same of a file in a role.  Takes over what image reads, in any case. */
int known_add_image(struct tsmmr_known *known, const struct known_kind *kind, int flags,
		    const char *role, const char *name, struct image *image,
		    struct tsmmr_error *err);

/* The same of what is no bytes: read() adds it. */
int known_add_by(struct tsmmr_known *known, const struct known_kind *kind, int flags,
		 const char *name, known_load_fn read, void *user, struct tsmmr_error *err);

/* --- for kinds --------------------------------------------------------------------------- */

/* The next line, without its end: 1, 0 after the last, or an error. */
int known_line(struct known_loader *ld, struct span *ret);
/*
 * The next word of *text, which is taken off it with the blanks on either side; empty at the end.
 */
struct span known_word(struct span *text);
/* All of it, a JSON object of up to max bytes and max_values values, as json_in_large(). */
int known_json(struct known_loader *ld, size_t max, size_t max_values, struct json_object **ret);
/* Fails with "LIST: line N: …", at ld->offset. */
int known_fail(struct known_loader *ld, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* How much of a list's own words a message quotes. */
int known_shown(struct span s);
/* The number of a register by name, role, PROVIDER/NAME or as a range of them.  E_NOTFOUND … */
int known_reg(struct known_loader *ld, struct span name, uint16_t *ret);
/* Does it look like an event type: EV_..., or 0x and its number in eight digits? */
bool known_is_type(struct span s);
/* The number of such a type.  E_MALFORMED for what is none, E_LIMIT, E_NOMEM. */
int known_type(struct known_loader *ld, struct span name, uint16_t *ret);
/*
 * That a record with this digest is called name, in register reg and of that type (KNOWN_ANY:
 * whichever).  What was said before keeps its name.
 */
int known_add_digest(struct known_loader *ld, uint16_t reg, uint16_t type, uint16_t alg,
		     struct span digest, struct span name);

/* --- for appraisals ---------------------------------------------------------------------- */

/* Number of the type of an event, or KNOWN_ANY when no list names it. */
uint16_t known_type_of(const struct tsmmr_known *known, const struct tsmmr_event *e);
/*
 * Is there an entry for this digest in a register that fits?  The time does not depend on how
 * many there are.  *ret_source and *ret_name live as long as the set.
 */
bool known_find(const struct tsmmr_known *known, const bool *fits, uint16_t type,
		const struct digest *d, bool denied, const struct known_source **ret_source,
		struct span *ret_name);
/* (known_digest.c) */
int known_digests_add(struct known_digests *all, size_t source, bool denied, uint16_t reg,
		      uint16_t type, uint16_t alg, struct span digest, struct span name);
