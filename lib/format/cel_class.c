/* SPDX-License-Identifier: BSD-2-Clause */
/* Canonical event logs: what is known of contents that have no format of their own. */
#include "crypto/hash.h"
#include "format/cel.h"
#include "util/text.h"

const char *const cel_states[CEL_STATES_N] = { "suspend", "hibernate", "kexec" };

const char *cel_management_name(uint32_t type)
{
	switch (type) {
	case CEL_VERSION:
		return "cel_version";
	case CEL_FIRMWARE_END:
		return "firmware_end";
	case CEL_TIMESTAMP:
		return "cel_timestamp";
	case CEL_STATE_TRANS:
		return "state_trans";
	default:
		return NULL;
	}
}

static int describe_management(const struct tsmmr_event *e, struct describe *d)
{
	const char *name = cel_management_name(e->type);
	const uint8_t *p = e->data.p;

	if (!name) {
		buf_printf(d->text, "management record %u", e->type);
		return 0;
	}
	buf_str(d->text, name);
	if (e->type == CEL_VERSION && e->data.n == 4) {
		buf_printf(d->text, " %u.%u", p[0] << 8 | p[1], p[2] << 8 | p[3]);
	} else if (e->type == CEL_TIMESTAMP && e->data.n == 8) {
		uint64_t t = 0;

		for (size_t i = 0; i < 8; i++)
			t = t << 8 | p[i];
		buf_char(d->text, ' ');
		buf_u64(d->text, t);
		json_hexnum(d->details, "timestamp", t);
	} else if (e->type == CEL_STATE_TRANS && e->data.n == 1 && p[0] < CEL_STATES_N) {
		buf_printf(d->text, " %s", cel_states[p[0]]);
	}
	return 0;
}

static void describe_aside(const struct tsmmr_event *e, struct describe *d)
{
	if (e->aside.n)
		json_raw(d->details, "aside", e->aside.p, e->aside.n);
}

#define SHOWN_MAX 8192

static int say_span(struct span s, struct describe *d)
{
	text_utf8(d->text, span_head(s, SHOWN_MAX));
	if (s.n > SHOWN_MAX)
		describe_more(d);
	return 0;
}

static int say_data(const struct tsmmr_event *e, struct describe *d)
{
	return say_span(e->data, d);
}

static int describe_string(const struct tsmmr_event *e, struct describe *d)
{
	describe_aside(e, d);
	return say_data(e, d);
}

static int describe_opaque(const struct tsmmr_event *e, struct describe *d)
{
	if (e->content == CEL_CONTENT_NAMED) {
		buf_str(d->text, "content type ");
		text_utf8(d->text, span_head(e->name, SHOWN_MAX));
		buf_printf(d->text, ", %zu byte%s", e->data.n, e->data.n == 1 ? "" : "s");
	} else if (e->content)
		buf_printf(d->text, "content type %u, %zu bytes", e->content, e->data.n);
	else
		buf_str(d->text, "a digest without content");
	describe_aside(e, d);
	return 0;
}

/* go-tpm-tools, cel/cos_tlv.go */
static const char *cos_type_name(uint32_t type)
{
	static const char *const names[] = {
		"ImageRef",      "ImageDigest", "RestartPolicy",
		"ImageID",       "Arg",         "EnvVar",
		"OverrideArg",   "OverrideEnv", "LaunchSeparator",
		"MemoryMonitor", "GpuCCMode",   "GPUDeviceAttestationBinding",
	};

	return type < ARRAY_SIZE(names) ? names[type] : NULL;
}

/* One TLV inside of the content: its value, or all there is. */
static struct span cos_value(const struct tsmmr_event *e)
{
	struct span s = e->data;

	if (s.n < 5 || cel_get_be(span_of(s.p + 1, 4)) != s.n - 5)
		return s;
	return span_of(s.p + 5, s.n - 5);
}

static int describe_cos(const struct tsmmr_event *e, struct describe *d)
{
	return say_span(cos_value(e), d);
}

/* The digest is of the content's own TLV, its header included. */
static int feed_cos(const struct tsmmr_event *e, struct hasher *h)
{
	uint32_t n = (uint32_t)e->data.n;
	uint8_t head[] = { CEL_CONTENT_COS, (uint8_t)(n >> 24), (uint8_t)(n >> 16),
			   (uint8_t)(n >> 8), (uint8_t)n };
	int r = hasher_update(h, head, sizeof(head));

	return r < 0 ? r : hasher_update(h, e->data.p, e->data.n);
}

static int feed_data(const struct tsmmr_event *e, struct hasher *h)
{
	return hasher_update(h, e->data.p, e->data.n);
}

static const char *no_type_name(uint32_t type)
{
	return NULL;
}

static const char *systemd_type_name(uint32_t type)
{
	return "systemd";
}

static const size_t no_rules;
static const size_t one_rule = 1, two_rules = 2;

static const struct bind_rule cos_rules[] = {
	{ BIND_ANY_TYPE, BIND_STRICT, "COS_TLV", NULL, NULL, feed_cos, NULL },
};

#define UNCUT_MAX 1024 /* bytes of which systemd-pcrextend logs what is hashed in full */

/* One character of what cescape() wrote: bytes used, or 0 when it writes no such thing. */
static size_t unescape_one(struct span s, uint8_t *ret)
{
	static const char names[] = "abfnrtv\\\"'", bytes[] = "\a\b\f\n\r\t\v\\\"'";
	const char *name;
	unsigned v = 0;

	*ret = s.p[0];
	if (s.p[0] != '\\')
		return 1;
	if (s.n < 2)
		return 0;
	name = s.p[1] ? strchr(names, s.p[1]) : NULL;
	if (name) {
		*ret = (uint8_t)bytes[name - names];
		return 2;
	}
	for (size_t i = 1; i < 4; i++) {
		if (i >= s.n || s.p[i] < '0' || s.p[i] > '7')
			return 0;
		v = v << 3 | (unsigned)(s.p[i] - '0');
	}
	*ret = (uint8_t)v;
	return v <= UINT8_MAX ? 4 : 0;
}

/* The bytes that a text stands for; false when it is not of cescape()'s making. */
static bool unescape(struct span s, struct buf *ret)
{
	while (s.n) {
		uint8_t c = 0;
		size_t used = unescape_one(s, &c);

		if (!used)
			return false;
		buf_char(ret, (char)c);
		s = span_of(s.p + used, s.n - used);
	}
	return true;
}

/*
 * Some texts cannot give their digest.  systemd-cryptsetup logs "cryptsetup:VOLUME:UUID" and
 * extends an HMAC of it, which nobody can compute without the volume's key; credentials do
 * the same to an NV index; and of more than 1024 bytes systemd-pcrextend logs those, and
 * three dots.
 */
static bool is_whole_text(const struct tsmmr_event *e)
{
	static const char volume[] = "cryptsetup:", credential[] = "credential:", dots[] = "...";
	BUF_LOCAL(b, 512);
	size_t n = e->data.n;

	if (span_starts(e->data, volume, sizeof(volume) - 1) ||
	    (e->space == TSMMR_SPACE_NV &&
	     span_starts(e->data, credential, sizeof(credential) - 1)))
		return false;
	if (n < UNCUT_MAX + 3 || n > 4 * UNCUT_MAX + 3 || memcmp(e->data.p + n - 3, dots, 3) != 0)
		return true;
	return !unescape(span_of(e->data.p, n - 3), &b) || b.n != UNCUT_MAX;
}

static bool is_whole_escaped(const struct tsmmr_event *e)
{
	return e->data.n && memchr(e->data.p, '\\', e->data.n) && is_whole_text(e);
}

static int feed_unescaped(const struct tsmmr_event *e, struct hasher *h)
{
	BUF_LOCAL(b, 512);

	if (!unescape(e->data, &b))
		return TSMMR_E_MALFORMED;
	return b.failed ? TSMMR_E_NOMEM : hasher_update(h, b.p, b.n);
}

static int say_unescaped(const struct tsmmr_event *e, struct describe *d)
{
	BUF_LOCAL(b, 512);

	unescape(e->data, &b);
	if (b.failed)
		return TSMMR_E_NOMEM;
	return say_span(span_of(b.p, b.n), d);
}

/*
 * systemd-pcrextend: the string without its NUL.  Since version 254 it logs what
 * cescape() makes of that.
 */
static const struct bind_rule systemd_rules[] = {
	{ 0, BIND_STRICT, "SYSTEMD_STRING", NULL, is_whole_text, feed_data, say_data },
	{ 0, BIND_STRICT, "SYSTEMD_STRING_ESCAPED", "the bytes that the text's escapes stand for",
	  is_whole_escaped, feed_unescaped, say_unescaped },
};

static const struct event_class management_class = {
	.type_name = cel_management_name,
	.n_rules = &no_rules,
	.describe = describe_management,
};
static const struct event_class systemd_class = {
	.type_name = systemd_type_name,
	.rules = systemd_rules,
	.n_rules = &two_rules,
	.describe = describe_string,
};
static const struct event_class cos_class = {
	.type_name = cos_type_name,
	.rules = cos_rules,
	.n_rules = &one_rule,
	.describe = describe_cos,
};
static const struct event_class opaque_class = {
	.type_name = no_type_name,
	.n_rules = &no_rules,
	.describe = describe_opaque,
};

const struct event_class *cel_class(uint32_t content)
{
	switch (content) {
	case TSMMR_CONTENT_CEL:
		return &management_class;
	case TSMMR_CONTENT_SYSTEMD:
		return &systemd_class;
	case CEL_CONTENT_COS:
		return &cos_class;
	default:
		return &opaque_class;
	}
}
