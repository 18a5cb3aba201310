/* SPDX-License-Identifier: BSD-2-Clause */
/* util/armour.c: hex, base64 and base64url around evidence. */
#include "testing.h"

#include "util/armour.h"

struct armour_case {
	const char *text;
	const char *bytes; /* NULL: not armoured */
};

static void check(const char *text, size_t len, const char *bytes)
{
	uint8_t *p = NULL;
	size_t n = 0;
	int r = armour_strip(span_of(text, len), &p, &n);

	if (!bytes) {
		assert_int_equal(r, 0);
		assert_null(p);
		return;
	}
	assert_int_equal(r, 1);
	assert_bytes(p, n, bytes, strlen(bytes));
	free(p);
}

static void strips_each_kind(void **state)
{
	static const struct armour_case cases[] = {
		{ "48656c6c6f", "Hello" },
		{ "48656C6C6F\n", "Hello" },
		{ "0x48656c6c6f", "Hello" },
		{ " 48 65\r\n6c\t6c 6f ", "Hello" },
		{ "4 8 6 5", "He" },
		/* RFC 4648 §10 */
		{ "Zg==", "f" },
		{ "Zm8=", "fo" },
		{ "Zm9v", "foo" },
		{ "Zm9vYg==", "foob" },
		{ "Zm9vYmE=", "fooba" },
		{ "Zm9vYmFy", "foobar" },
		/* without padding, and over lines */
		{ "Zg", "f" },
		{ "Zm8", "fo" },
		{ "Zm9v\nYmFy\n", "foobar" },
		{ "Zg=\n=\n", "f" },
		/* the characters in which the two alphabets differ */
		{ "fn5+fn5+", "~~~~~~" },
		{ "Pz8/Pz8/", "??????" },
		{ "fn5-fn5-", "~~~~~~" },
		{ "Pz8_Pz8_", "??????" },
	};

	for (size_t i = 0; i < N_OF(cases); i++)
		check(cases[i].text, strlen(cases[i].text), cases[i].bytes);
}

static void leaves_what_is_not_armour(void **state)
{
	static const char *const cases[] = {
		"",         " \n",
		"=",        "====",
		"Z",        "Zg=",
		"Zg===",    "Zm9vY",
		"Z=g=",     "Zg==Zg==",
		"Zh==",                 /* bits left over */
		"Zm9=",     "fn5+fn5-", /* both alphabets */
		"48:65:6c", "{\"a\":1}",
		"Zm9v!",    "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n",
	};

	for (size_t i = 0; i < N_OF(cases); i++)
		check(cases[i], strlen(cases[i]), NULL);
	check("Zm9v\0", 5, NULL);
	check("\x04\x00\x02\x00\x81\x00\x00\x00", 8, NULL);
	check(NULL, 0, NULL);
}

static void survives_every_length(void **state)
{
	static const char digits[] = "0123456789abcdef";
	char text[200];

	for (size_t n = 0; n < sizeof(text); n++) {
		uint8_t *p = NULL;
		size_t len = 0;
		int r;

		/* Exactly as long as said, so that a checker sees every byte beyond. */
		char *exact = malloc(n ? n : 1);

		for (size_t i = 0; i < n; i++)
			exact[i] = text[i] = digits[i % 16];
		r = armour_strip(span_of(exact, n), &p, &len);
		assert_true(r == 0 || r == 1);
		if (n && n % 2 == 0)
			assert_int_equal(len, n / 2);
		free(p);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strips_each_kind),
		cmocka_unit_test(leaves_what_is_not_armour),
		cmocka_unit_test(survives_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
