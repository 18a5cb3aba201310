/* SPDX-License-Identifier: BSD-2-Clause */
/* What systemd writes below /run/log/systemd: CEL-JSON of its own content, without numbers. */
#include "format/cel_json.h"

/* What systemd always writes is no deviation in a log that is said to be its own. */
static int systemd_open(struct tsmmr_stream *s, struct tsmmr_error *err)
{
	struct cel_json *st = s->state;

	st->reader.reported[F_CEL_RECNUM_MISSING] = true;
	st->reader.reported[F_CEL_RTMR_MEMBER] = true;
	st->reader.reported[F_CEL_JSON_NO_ARRAY] = true;
	st->reader.reported[F_CEL_CONTENT_FORM] = true;
	return 0;
}

static int systemd_probe(struct crypto crypto, const uint8_t *p, size_t n, bool whole)
{
	bool systemd;

	return cel_json_looks(p, n, &systemd) && systemd ? 90 : 0;
}

const struct format format_systemd = {
	.id = TSMMR_FORMAT_SYSTEMD,
	.name = "systemd",
	.default_platform = TSMMR_PLATFORM_TPM,
	.any_platform = true,
	.state_size = sizeof(struct cel_json),
	.probe = systemd_probe,
	.claims = cel_json_claims,
	.open = systemd_open,
	.next = cel_json_next,
	.close = cel_json_close,
};
