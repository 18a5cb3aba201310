/* SPDX-License-Identifier: BSD-2-Clause */
/* The jobs: by the library, and by a raw loop over what it is built on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "input.h"

/* What a job came to, so that two ways can be compared: values, bytes or neither. */
struct outcome {
	bool wants_bytes; /* else what is written need not stay */
	size_t n_values;
	uint8_t values[REGISTERS_MAX][TSMMR_HASH_SIZE_MAX];
	uint8_t *bytes; /* for free() */
	size_t len;
	double took_ns; /* of another process; 0: what this thread took */
	int form;       /* TSMMR_FORMAT_* that bytes are, 0: not to be compared */
};

/* One run over an input; ret was cleared, but for what it wants. */
typedef void (*run_fn)(struct input *in, int arg, struct outcome *ret);

/* ---- by the library (ours.c) ---- */

void walk(struct input *in, int arg, struct outcome *ret);
/* arg: the hash whose values are the outcome. */
void replay(struct input *in, int arg, struct outcome *ret);
/* The same where every digest is OpenSSL's. */
void replay_openssl(struct input *in, int hash, struct outcome *ret);
void replay_fd(struct input *in, int arg, struct outcome *ret);
void replay_command(struct input *in, int arg, struct outcome *ret); /* the command, on a file */
/* The values of that bank are asked about, and verified. */
void verify(struct input *in, int hash, struct outcome *ret);
/* These values as lines; how long they are. */
size_t values_of(struct input *in, int hash, char *ret, size_t size);
void export(struct input *in, int format, struct outcome *ret);

/* ---- by OpenSSL alone (raw_hash.c); arg: the hash ---- */

void raw_lines(struct input *in, int hash, struct outcome *ret);   /* a line's digest, extend */
void naive_lines(struct input *in, int hash, struct outcome *ret); /* by EVP_Digest() */
/* As many extensions of one register, by whatever it holds. */
void raw_chain(struct input *in, int hash, struct outcome *ret);
void raw_extend(struct input *in, int hash, struct outcome *ret);
void raw_extend_both(struct input *in, int hash, struct outcome *ret); /* SHA-256 and SHA-384 */

/* That bank, and what each record's data gives. */
void raw_extend_checked(struct input *in, int hash, struct outcome *ret);
/* SHA-1 of each template's data, as the list has it, and SHA-256, by which it is extended. */
void raw_ima(struct input *in, int arg, struct outcome *ret);

/* ---- by json-c and libcbor alone (raw_json.c, raw_cbor.c) ---- */

void json_objects(struct input *in, int arg, struct outcome *ret); /* an object a record, written */
void json_parse(struct input *in, int arg, struct outcome *ret);
void cbor_heads(struct input *in, int arg, struct outcome *ret);  /* cbor_encode_… */
void cbor_items(struct input *in, int arg, struct outcome *ret);  /* an item a record, serialized */
void cbor_stream(struct input *in, int arg, struct outcome *ret); /* cbor_stream_decode() */
