/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux's IMA: what its two kinds of list share.  (security/integrity/ima) */
#pragma once

#include "core/event.h"
#include "crypto/hash.h"
#include "core/stream.h"

#define IMA_FIELDS_MAX 15 /* of a template, as in the kernel */
#define IMA_NAME_MAX 255  /* of a template's name, and of a file's in template "ima" */
#define IMA_LEGACY_DIGEST 20
/* What is hashed of a record of template "ima": the digest, the name padded to 256 bytes. */
#define IMA_LEGACY_SIZE (IMA_LEGACY_DIGEST + IMA_NAME_MAX + 1)

enum ima_form {
	IMA_DIGEST,     /* its bytes */
	IMA_DIGEST_ALG, /* "sha256:" NUL bytes; before the algorithm perhaps "ima:" */
	IMA_STRING,     /* with a NUL */
	IMA_HEX,        /* bytes, shown in hex */
	IMA_U16,
	IMA_U32
};

struct ima_field {
	const char *id;
	enum ima_form form;
};

/* A template's fields; NULL for one that we do not know. */
struct ima_template {
	size_t n;
	const struct ima_field *fields[IMA_FIELDS_MAX];
};

/* By its name, which for a template made by hand lists its fields.  False: unknown. */
bool ima_template(struct span name, struct ima_template *ret);
static inline bool ima_is_legacy(struct span name)
{
	return span_eq(name, "ima", 3);
}
/* 1 to 255 printable characters and no blank. */
bool ima_name_is_sane(struct span name);
bool ima_all_bytes(struct span s, uint8_t byte);
/* The 276 bytes that are hashed of a record of template "ima"; name is not too long. */
void ima_legacy_data(uint8_t *to, const uint8_t *digest, struct span name);

/* How sure the first bytes of a list make us of its digests' algorithm. */
enum ima_surety {
	IMA_NOT = 0,
	IMA_CUT,   /* they end inside what may be a record */
	IMA_SHAPE, /* a record's shape: the usual algorithm of that digest size */
	IMA_PROVEN /* a digest is that of its data */
};
/* The usual algorithm of that size, or NONE. */
uint16_t ima_usual_alg(size_t size);
/* 1 and *ret_alg when some algorithm gives that digest, 0, or E_NOMEM. */
int ima_prove_alg(struct hashers *set, struct span digest, struct span data, uint16_t *ret_alg);
/* Makes the first n bytes visible, or what there is of them: the bank is told from them. */
int ima_look(struct tsmmr_stream *s, struct tsmmr_error *err, size_t n);
/* The register's own bank where one was given with the log, which must be that wide. */
int ima_settle_alg(struct tsmmr_stream *s, struct tsmmr_error *err, enum ima_surety surety,
		   uint16_t guessed, const struct hash_alg **ret);

/* What both decoders know of a record, as an event. */
struct ima_record {
	uint64_t offset;
	uint32_t index;
	struct span digest, name, data;
};
int ima_event(struct tsmmr_stream *s, struct tsmmr_error *err, const struct ima_record *rec,
	      const struct hash_alg *alg, bool *said_unknown, struct tsmmr_event *e);
