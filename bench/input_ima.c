/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of IMA's, template ima-ng.  (security/integrity/ima/ima_fs.c, ima_template_lib.c) */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

#define PCR 10
#define PATH_LEN 57 /* with its NUL */
#define DATA_LEN (4 + 8 + 32 + 4 + PATH_LEN)

struct entry {
	uint8_t data[DATA_LEN]; /* as it is measured */
	uint8_t file[32];       /* the file's digest */
	char path[PATH_LEN + 8];
	uint8_t sha1[20]; /* of data */
};

static void le32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void sha(const EVP_MD *md, const void *p, size_t n, uint8_t *ret)
{
	if (EVP_Digest(p, n, ret, NULL, md, NULL) != 1)
		die(NULL, "no digest");
}

static void make(struct entry *e, size_t i, const EVP_MD *sha1, const EVP_MD *sha256)
{
	uint8_t *p = e->data;

	snprintf(e->path, sizeof(e->path), "/usr/lib/x86_64-linux-gnu/libexample-%012zu.so.0.9", i);
	if (strlen(e->path) != PATH_LEN - 1)
		die(NULL, "a path is not as long as was thought");
	sha(sha256, e->path, PATH_LEN - 1, e->file);
	le32(p, 8 + 32);
	memcpy(p + 4, "sha256:", 8);
	memcpy(p + 12, e->file, 32);
	le32(p + 44, PATH_LEN);
	memcpy(p + 48, e->path, PATH_LEN);
	sha(sha1, e->data, DATA_LEN, e->sha1);
}

static void put_entry(struct input *in, const struct entry *e, struct piece *ret)
{
	put_le(in, PCR, 4);
	put(in, e->sha1, sizeof(e->sha1));
	put_le(in, 6, 4);
	put(in, "ima-ng", 6);
	put_le(in, DATA_LEN, 4);
	*ret = (struct piece){ .data = here(in), .len = DATA_LEN };
	put(in, e->data, DATA_LEN);
}

static void put_hex(struct input *in, const uint8_t *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		put(in, &digits[p[i] >> 4], 1);
		put(in, &digits[p[i] & 15], 1);
	}
}

static void put_entry_ascii(struct input *in, const struct entry *e, struct piece *ret)
{
	put(in, "10 ", 3);
	put_hex(in, e->sha1, sizeof(e->sha1));
	put(in, " ima-ng sha256:", 15);
	put_hex(in, e->file, sizeof(e->file));
	put(in, " ", 1);
	put(in, e->path, PATH_LEN - 1);
	put(in, "\n", 1);
	*ret = (struct piece){ .data = NULL };
}

static void put_all(struct input *in,
		    void (*one)(struct input *in, const struct entry *e, struct piece *ret))
{
	EVP_MD *sha1 = must(EVP_MD_fetch(NULL, "SHA1", NULL));
	EVP_MD *sha256 = must(EVP_MD_fetch(NULL, "SHA2-256", NULL));
	struct entry e;

	for (size_t i = 0; i < in->n; i++) {
		make(&e, i, sha1, sha256);
		one(in, &e, &in->pieces[i]);
	}
	EVP_MD_free(sha1);
	EVP_MD_free(sha256);
}

void put_ima(struct input *in)
{
	put_all(in, put_entry);
}

void put_ima_ascii(struct input *in)
{
	put_all(in, put_entry_ascii);
}
