/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs that the benchmark makes for itself, in memory. */
#include "bench.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EV_NO_ACTION 3u
#define EV_EFI_ACTION 0x80000007u
#define DATA_LEN 77 /* of a firmware event */
#define LINE_LEN 99

static const struct {
	const char *called;
	int format;
	int platform;
	size_t size;          /* of a record, at most; 0: as the library writes it */
	size_t n_regs;        /* that it extends, … */
	size_t first;         /* … numbered from here … */
	const char *name;     /* … and called so, but for the number */
	const char *reg;      /* of a log that cannot say which */
	const char *words[7]; /* the same for the command */
} kinds[INPUT_COUNT] = {
	[TEXT_384] = { "text",
		       TSMMR_FORMAT_TEXT,
		       TSMMR_PLATFORM_TDX,
		       100,
		       1,
		       4,
		       "rtmr",
		       "rtmr3:sha384",
		       { "--format", "text", "--platform", "tdx", "--mr", "rtmr3:sha384" } },
	[TEXT_256] = { "text-sha256",
		       TSMMR_FORMAT_TEXT,
		       TSMMR_PLATFORM_CCA,
		       100,
		       1,
		       1,
		       "rem",
		       "rem0:sha256",
		       { "--format", "text", "--platform", "cca", "--mr", "rem0:sha256" } },
	[TCG2_ONE] = { "tcg2",
		       TSMMR_FORMAT_TCG2,
		       TSMMR_PLATFORM_TPM,
		       143,
		       8,
		       0,
		       "pcr",
		       NULL,
		       { "--format", "tcg2" } },
	[TCG2_TWO] = { "tcg2-two",
		       TSMMR_FORMAT_TCG2,
		       TSMMR_PLATFORM_TPM,
		       177,
		       8,
		       0,
		       "pcr",
		       NULL,
		       { "--format", "tcg2" } },
	[CCEL] = { "ccel",
		   TSMMR_FORMAT_CCEL,
		   TSMMR_PLATFORM_TDX,
		   143,
		   3,
		   1,
		   "rtmr",
		   NULL,
		   { "--format", "ccel" } },
	[IMA] = { "ima",
		  TSMMR_FORMAT_IMA,
		  TSMMR_PLATFORM_TPM,
		  143,
		  1,
		  10,
		  "pcr",
		  NULL,
		  { "--format", "ima" } },
	[IMA_ASCII] = { "ima-ascii",
			TSMMR_FORMAT_IMA_ASCII,
			TSMMR_PLATFORM_TPM,
			190,
			1,
			10,
			"pcr",
			NULL,
			{ "--format", "ima-ascii" } },
	[AS_JSON] = { "cel-json",
		      TSMMR_FORMAT_CEL_JSON,
		      TSMMR_PLATFORM_TPM,
		      0,
		      8,
		      0,
		      "pcr",
		      NULL,
		      { "--format", "cel-json" } },
	[AS_CBOR] = { "cel-cbor",
		      TSMMR_FORMAT_CEL_CBOR,
		      TSMMR_PLATFORM_TPM,
		      0,
		      8,
		      0,
		      "pcr",
		      NULL,
		      { "--format", "cel-cbor" } },
	[AS_TLV] = { "cel-tlv",
		     TSMMR_FORMAT_CEL_TLV,
		     TSMMR_PLATFORM_TPM,
		     0,
		     8,
		     0,
		     "pcr",
		     NULL,
		     { "--format", "cel-tlv" } },
};

void put(struct input *in, const void *p, size_t n)
{
	if (n > in->cap - in->len)
		die(NULL, "an input is larger than was thought");
	memcpy(in->bytes + in->len, p, n);
	in->len += n;
}

void put_le(struct input *in, uint64_t v, int bytes)
{
	for (; bytes; bytes--, v >>= 8)
		put(in, &(uint8_t){ (uint8_t)v }, 1);
}

const uint8_t *here(const struct input *in)
{
	return in->bytes + in->len;
}

static void put_lines(struct input *in)
{
	char line[128]; /* longer than it gets */

	for (size_t i = 0; i < in->n; i++) {
		snprintf(line, sizeof(line), "guest.example/agent start %09zu %063zu", i, i * 7919);
		line[LINE_LEN] = '\n';
		in->pieces[i] = (struct piece){ .data = here(in), .len = LINE_LEN };
		put(in, line, LINE_LEN + 1);
	}
}

/* TCG PFP 1.06, 10.4.5.1 */
static void put_spec_id(struct input *in, bool two)
{
	static const uint8_t zero[20];

	put_le(in, 0, 4);
	put_le(in, EV_NO_ACTION, 4);
	put(in, zero, sizeof(zero));
	put_le(in, 16 + 4 + 4 + 4 + (two ? 8 : 4) + 1, 4);
	put(in, "Spec ID Event03", 16);
	put_le(in, 0, 4);
	put(in, "\0\2\0\2", 4);
	put_le(in, two ? 2 : 1, 4);
	if (two) {
		put_le(in, TSMMR_HASH_SHA256, 2);
		put_le(in, 32, 2);
	}
	put_le(in, TSMMR_HASH_SHA384, 2);
	put_le(in, 48, 2);
	put_le(in, 0, 1);
}

static const uint8_t *put_digest(struct input *in, const EVP_MD *md, int alg, const char *data)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	const uint8_t *at;
	unsigned int n;

	if (EVP_Digest(data, DATA_LEN, digest, &n, md, NULL) != 1)
		die(NULL, "no digest");
	put_le(in, (uint64_t)alg, 2);
	at = here(in);
	put(in, digest, n);
	return at;
}

static void put_events(struct input *in)
{
	EVP_MD *sha256 = must(EVP_MD_fetch(NULL, "SHA2-256", NULL));
	EVP_MD *sha384 = must(EVP_MD_fetch(NULL, "SHA2-384", NULL));
	bool two = in->kind == TCG2_TWO;

	put_spec_id(in, two);
	for (size_t i = 0; i < in->n; i++) {
		struct piece *p = &in->pieces[i];
		char data[DATA_LEN + 1];

		snprintf(data, sizeof(data), "Calling EFI Application from Boot Option %036zu", i);
		*p = (struct piece){ .len = DATA_LEN };
		p->reg = (uint32_t)(i % kinds[in->kind].n_regs);
		/* The header is record 0 of register 0. */
		p->recnum = i / kinds[in->kind].n_regs + (p->reg == 0);
		put_le(in, p->reg + kinds[in->kind].first, 4);
		put_le(in, EV_EFI_ACTION, 4);
		put_le(in, two ? 2 : 1, 4);
		if (two)
			p->sha256 = put_digest(in, sha256, TSMMR_HASH_SHA256, data);
		p->sha384 = put_digest(in, sha384, TSMMR_HASH_SHA384, data);
		put_le(in, DATA_LEN, 4);
		p->data = here(in);
		put(in, data, DATA_LEN);
	}
	EVP_MD_free(sha256);
	EVP_MD_free(sha384);
}

static void fill(struct input *in)
{
	in->cap = in->n * kinds[in->kind].size + 128;
	in->bytes = must(malloc(in->cap));
	in->pieces = must(malloc(in->n * sizeof(*in->pieces)));
	switch (kinds[in->kind].format) {
	case TSMMR_FORMAT_TEXT:
		put_lines(in);
		break;
	case TSMMR_FORMAT_IMA:
		put_ima(in);
		break;
	case TSMMR_FORMAT_IMA_ASCII:
		put_ima_ascii(in);
		break;
	default:
		put_events(in);
	}
}

void input_done(struct input *in)
{
	free(in->bytes);
	free(in->pieces);
	if (in->fd >= 0)
		close(in->fd);
	*in = (struct input){ .fd = -1 };
}

/* What is AS_… is what the library makes of TCG2_TWO. */
static void translate(struct input *in)
{
	struct input from = { .kind = TCG2_TWO, .n = in->n, .fd = -1 };
	struct outcome out = { .wants_bytes = true };

	fill(&from);
	export(&from, in->kind == AS_CBOR ? TSMMR_FORMAT_CEL_CBOR_SEQ : kinds[in->kind].format,
	       &out);
	in->bytes = out.bytes;
	in->len = in->cap = out.len;
	input_done(&from);
}

struct input input_make(enum input_kind kind, size_t n)
{
	struct input in = { .kind = kind, .n = n, .fd = -1 };

	if (kinds[kind].size)
		fill(&in);
	else
		translate(&in);
	return in;
}

static struct input current = { .fd = -1 };

bool input_is_called(const char *name, enum input_kind *ret)
{
	for (size_t i = 0; i < INPUT_COUNT; i++)
		if (strcmp(kinds[i].called, name) == 0) {
			*ret = (enum input_kind)i;
			return true;
		}
	return false;
}

struct input *input_get(enum input_kind kind, size_t n)
{
	if (!current.bytes || current.kind != kind || current.n != n) {
		input_done(&current);
		current = input_make(kind, n);
	}
	return &current;
}

void input_drop(void)
{
	input_done(&current);
}

int input_fd(struct input *in)
{
	FILE *file;

	if (in->fd >= 0)
		return in->fd;
	file = tmpfile();
	if (!file || fwrite(in->bytes, 1, in->len, file) != in->len || fflush(file) != 0)
		die(NULL, "cannot write a temporary file of %zu bytes", in->len);
	in->fd = dup(fileno(file));
	fclose(file);
	if (in->fd < 0)
		die(NULL, "cannot keep a temporary file");
	return in->fd;
}

static bool openssl_only;

void context_openssl_only(bool only)
{
	openssl_only = only;
}

const struct tsmmr_ctx *context(void)
{
	static struct tsmmr_ctx *all[2];
	struct tsmmr_ctx **ctx = &all[openssl_only];
	uint32_t flags = TSMMR_CTX_NO_PASS | TSMMR_CTX_EXPECTED_ONLY |
			 (openssl_only ? TSMMR_CTX_OPENSSL_ONLY : 0);
	struct tsmmr_error err = { .size = sizeof(err) };

	if (!*ctx && tsmmr_ctx_new(flags, ctx, &err) < 0)
		die(&err, "no context");
	return *ctx;
}

/* It stays: what is measured is reading, not how to say what a log is. */
static const struct tsmmr_input *known(enum input_kind kind)
{
	static struct tsmmr_input *all[INPUT_COUNT];
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_input *new;

	if (all[kind])
		return all[kind];
	if (tsmmr_input_new(&new, &err) < 0 ||
	    tsmmr_input_set_format(new, kinds[kind].format, &err) < 0 ||
	    tsmmr_input_set_platform(new, kinds[kind].platform, &err) < 0 ||
	    tsmmr_input_set_register(new, kinds[kind].reg, &err) < 0)
		die(&err, "input");
	return all[kind] = new;
}

struct tsmmr_stream *input_open(const struct input *in)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_stream *s;

	if (tsmmr_stream_open_mem(context(), known(in->kind), in->bytes, in->len, &s, &err) < 0)
		die(&err, "stream in memory");
	return s;
}

struct tsmmr_stream *input_open_fd(struct input *in)
{
	struct tsmmr_error err = { .size = sizeof(err) };
	struct tsmmr_stream *s;

	if (lseek(input_fd(in), 0, SEEK_SET) != 0 ||
	    tsmmr_stream_open_fd(context(), known(in->kind), in->fd, &s, &err) < 0)
		die(&err, "stream of a file");
	return s;
}

size_t input_registers(const struct input *in)
{
	return kinds[in->kind].n_regs;
}

void input_path(struct input *in, char *ret, size_t size)
{
	snprintf(ret, size, "/proc/%d/fd/%d", (int)getpid(), input_fd(in));
}

size_t input_first(const struct input *in)
{
	return kinds[in->kind].first;
}

const char *input_register_name(const struct input *in)
{
	return kinds[in->kind].name;
}

int input_platform(const struct input *in)
{
	return kinds[in->kind].platform;
}

const char *const *input_words(const struct input *in)
{
	return kinds[in->kind].words;
}
