/* SPDX-License-Identifier: BSD-2-Clause */
/* What the readers of value files share. */
#pragma once

#include "crypto/hash.h"
#include "util/json_in.h"
#include "values/values.h"

struct values_reader {
	const struct platform *platform; /* of every name, or NULL */
	const struct platform *const *table;
	size_t n_table;
	value_take take;
	void *user;
	size_t line;    /* 0: the file has none, or is JSON */
	char where[96]; /* for messages: "line 3", "JSON register 2" */
	struct tsmmr_error *err;
};

/* One way in which people have register values: a row of table.c. */
struct values_format {
	int id; /* TSMMR_VALUES_* */
	const char *name;
	bool json; /* o is the one object that the file holds; else it is NULL */
	/* By its looks, for AUTO. */
	bool (*probe)(struct span text, struct json_object *o);
	int (*read)(struct values_reader *rd, struct span text, struct json_object *o);
};

/* What AUTO looks through, in this order; the last takes whatever text is left. */
extern const struct values_format *const values_formats[];
extern const size_t n_values_formats;

/* How much of a file's own words a message quotes. */
int values_shown(struct span s);
struct span values_trim(struct span s);
/* The next line of *text, which is taken off it, without its end; false at the end. */
bool values_line(struct values_reader *rd, struct span *text, struct span *ret);
/* A decimal number below limit, of all of s: else limit. */
uint32_t values_number(struct span s, uint32_t limit);
/* As hash_by_name(), in any case: tools write "SHA256" and "Sha384 { … }" too. */
const struct hash_alg *values_hash(struct span name);
/* A key of JSON in lower case without '_': "MR_TD" is "mrtd".  What has no room is cut off. */
void values_plain_name(const char *key, char *ret, size_t size);
/* Does a key of JSON begin as a register's name: "PCR7", "MrTd", "rt_mr0"? */
bool values_is_like_register(const char *key);
/* Each member of o that is called as a bank, in any case; one that nobody knows is refused. */
int values_each_bank(struct values_reader *rd, struct json_object *o,
		     int (*read)(struct values_reader *rd, struct json_object *o, const char *key,
				 const struct hash_alg *alg));
/* Is some bank of o of that kind? */
bool values_has_bank(struct json_object *o, enum json_in_kind kind);
/* E_ARG where that is not the platform that the caller meant; NULL is any. */
int values_check(const struct values_reader *rd, const struct platform *platform);
/* v's name may begin with a platform's: "tdx/rtmr0". */
int values_give(struct values_reader *rd, struct value v);
/* The register of a TPM, or of an enclave. */
int values_give_pcr(struct values_reader *rd, uint32_t pcr, const struct hash_alg *alg,
		    struct span hex);

#define VALUE_NAME_BYTES 128

/* "tdx_guest/rtmr0" into the register tree and the name in it; false where it has none. */
bool value_split(struct span name, char provider[VALUE_NAME_BYTES], struct span *ret);
/*
 * A tree may call a register whatever it likes: "acme/mr:md5" of a provider that no table knows,
 * whose hash we do not know or whose size is another's, is all of it a name.
 */
void value_settle(const struct values_reader *rd, struct value *v, struct span whole);
/* Where the length decides, SHA-1 and SHA-2 come before what else has it.  NULL: none has it. */
const struct hash_alg *value_hash_of(size_t n);
