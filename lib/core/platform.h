/* SPDX-License-Identifier: BSD-2-Clause */
/* What a table of one architecture's registers looks like.  The tables are in platform/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <tsmmr/log.h>
#include <tsmmr/regs.h>

#include "util/cleanup.h"

#define NO_INDEX UINT32_MAX
#define PROVIDERS_MAX 3

/* What an extension takes: H(value || input). */
enum reg_input {
	INPUT_DIGEST, /* exactly a digest of the register's own hash */
	INPUT_RAW_64, /* 0 to 64 bytes, neither hashed nor padded before (Arm CCA) */
	INPUT_RAW     /* any bytes, not hashed before (AWS Nitro) */
};

struct reg_desc {
	const char *name; /* as the kernel spells it; also the API name */
	const char *role; /* platform-neutral, or NULL */
	uint32_t index;   /* its number in this platform's log space, or NO_INDEX */
	uint16_t alg;     /* TSMMR_HASH_NONE: a configuration value, or any bank (TPM) */
	uint8_t size;     /* bytes; 0: that of the bank */
	uint8_t kind;     /* TSMMR_KIND_* */
	uint8_t initial;  /* each byte of the value it starts with */
	uint32_t flags;   /* TSMMR_REG_EXTENSIBLE … */
};

/* All that the library knows of an architecture: one row of platform/table.c. */
struct platform {
	int id;           /* TSMMR_PLATFORM_*; AUTO for one we only know from a tree */
	const char *name; /* for such a one its provider's */
	const struct reg_desc *regs;
	size_t n_regs;
	uint8_t input; /* enum reg_input, of all that can be extended */

	/* How logs number its registers. */
	int space;        /* the firmware's log */
	uint32_t n_index; /* numbers in that space are below this */
	int cel_space;    /* a canonical event log */

	/* Where a machine shows them.  NULL or 0: nowhere. */
	const char *providers[PROVIDERS_MAX + 1]; /* of register trees; "tpm#": tpm0, tpm1 … */
	const char *reports;                      /* its provider of configfs-tsm reports */
	int firmware_log;                         /* TSMMR_LOG_CCEL or TSMMR_LOG_TPM */
	const char *systemd_log;                  /* the file that systemd logs them in */
	int launch; /* format of a launch that its firmware's image explains */

	unsigned *users; /* NULL: static; else platform_ref() and _unref() count */
};

/* NULL when the platform has no such register. */
static inline const struct reg_desc *platform_by_index(const struct platform *p, uint32_t index)
{
	for (size_t i = 0; p && i < p->n_regs; i++)
		if (p->regs[i].index == index && index != NO_INDEX)
			return &p->regs[i];
	return NULL;
}

/* Can n bytes be extended into its registers, in a bank with digests of size? */
static inline bool platform_takes(const struct platform *p, size_t n, size_t size)
{
	return n == size || p->input == INPUT_RAW || (p->input == INPUT_RAW_64 && n <= 64);
}

/* Is it a provider of register trees that show p's? */
bool platform_is_shown_by(const struct platform *p, const char *provider);

/*
 * A platform with one register, for a tree whose provider no table has: number 0 in no
 * space.  The strings are copied.  One reference is the caller's.
 */
int platform_make(const char *provider, const struct reg_desc *desc, const struct platform **ret);
/*
 * The same for a log that gives names to its numbers as it goes: first is 0, there are n_index
 * of them, and platform_add_reg() names another.  That is for the one who made it, before
 * anybody else sees it.  E_NOMEM; E_MISMATCH: the number has another name, or the name another
 * number.
 */
int platform_make_numbered(const char *provider, const struct reg_desc *first, uint32_t n_index,
			   const struct platform **ret);
int platform_add_reg(const struct platform *p, uint32_t index, const struct reg_desc *desc);
/* Both do nothing for a static platform; p may be NULL. */
const struct platform *platform_ref(const struct platform *p);
void platform_unref(const struct platform *p);
DEFINE_CLEANUP(const struct platform *, platform_unref)

/* The same platform: rows of the table are unique, made-up ones are not. */
static inline bool platform_same(const struct platform *a, const struct platform *b)
{
	return a == b || (a->users && b->users && strcmp(a->name, b->name) == 0);
}

static inline bool reg_same(const struct platform *pa, const struct reg_desc *a,
			    const struct platform *pb, const struct reg_desc *b)
{
	return a == b || (platform_same(pa, pb) && pa->users && strcmp(a->name, b->name) == 0);
}
