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

static int say_data(const struct tsmmr_event *e, struct describe *d)
{
	text_utf8(d->text, span_of(e->data.p, e->data.n < SHOWN_MAX ? e->data.n : SHOWN_MAX));
	if (e->data.n > SHOWN_MAX)
		buf_str(d->text, "…");
	return 0;
}

static int describe_string(const struct tsmmr_event *e, struct describe *d)
{
	describe_aside(e, d);
	return say_data(e, d);
}

static int describe_opaque(const struct tsmmr_event *e, struct describe *d)
{
	if (e->content)
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
	struct span value = cos_value(e);

	text_utf8(d->text, span_of(value.p, value.n < SHOWN_MAX ? value.n : SHOWN_MAX));
	return 0;
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
static const size_t one_rule = 1;

static const struct bind_rule cos_rules[] = {
	{ BIND_ANY_TYPE, BIND_STRICT, "COS_TLV", NULL, NULL, feed_cos, NULL },
};

/*
 * systemd-cryptsetup logs "cryptsetup:VOLUME:UUID" and extends an HMAC of it, which nobody
 * can compute without the volume's key.
 */
static bool is_no_volume_key(const struct tsmmr_event *e)
{
	static const char prefix[] = "cryptsetup:";

	return !span_starts(e->data, prefix, sizeof(prefix) - 1);
}

/* systemd-pcrextend: the string without its NUL. */
static const struct bind_rule systemd_rules[] = {
	{ 0, BIND_STRICT, "SYSTEMD_STRING", NULL, is_no_volume_key, feed_data, say_data },
};

static const struct event_class management_class = {
	.type_name = cel_management_name,
	.n_rules = &no_rules,
	.describe = describe_management,
};
static const struct event_class systemd_class = {
	.type_name = systemd_type_name,
	.rules = systemd_rules,
	.n_rules = &one_rule,
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
