/* SPDX-License-Identifier: BSD-2-Clause */
/* mkbig EVENTS: a TPM log of so many events, two banks, about 200 bytes each, on stdout. */
#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHA1_ID 0x0004
#define SHA256_ID 0x000b
#define EV_NO_ACTION 3
#define EV_IPL 13

static void le(uint64_t v, int bytes)
{
	while (bytes--) {
		putchar((int)(v & 0xff));
		v >>= 8;
	}
}

static void header(void)
{
	static const unsigned char zero[20];

	le(0, 4);
	le(EV_NO_ACTION, 4);
	fwrite(zero, 1, sizeof(zero), stdout);
	le(16 + 4 + 4 + 4 + 8 + 1, 4);
	fwrite("Spec ID Event03", 1, 16, stdout);
	le(0, 4);
	fwrite("\0\2\0\2", 1, 4, stdout);
	le(2, 4);
	le(SHA1_ID, 2);
	le(SHA_DIGEST_LENGTH, 2);
	le(SHA256_ID, 2);
	le(SHA256_DIGEST_LENGTH, 2);
	le(0, 1);
}

/* As GRUB logs a command; the digests cover the text after the prefix. */
static void event(unsigned long i)
{
	static const char prefix[] = "grub_cmd: ";
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char text[160];
	size_t len, skip = sizeof(prefix) - 1;

	len = (size_t)snprintf(
		text, sizeof(text),
		"%smenuentry 'entry number %lu' --class gnu-linux --class os { linux "
		"/boot/vmlinuz root=/dev/sda1 ro quiet }",
		prefix, i);

	le(i % 2 ? 8 : 9, 4);
	le(EV_IPL, 4);
	le(2, 4);
	le(SHA1_ID, 2);
	SHA1((unsigned char *)text + skip, len - skip, digest);
	fwrite(digest, 1, SHA_DIGEST_LENGTH, stdout);
	le(SHA256_ID, 2);
	SHA256((unsigned char *)text + skip, len - skip, digest);
	fwrite(digest, 1, SHA256_DIGEST_LENGTH, stdout);
	le(len + 1, 4);
	fwrite(text, 1, len + 1, stdout);
}

int main(int argc, char **argv)
{
	char *end;
	unsigned long n;

	if (argc != 2 || (n = strtoul(argv[1], &end, 10), *end)) {
		fprintf(stderr, "usage: mkbig EVENTS\n");
		return 2;
	}
	header();
	for (unsigned long i = 0; i < n; i++)
		event(i);
	return fflush(stdout) || ferror(stdout) ? 1 : 0;
}
