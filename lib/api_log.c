/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of log.h: check arguments, call in, filter codes. */
#include "api.h"

#include "crypto/hash.h"
#include "core/index.h"
#include "core/log.h"
#include "core/merge.h"
#include "core/stream.h"
#include "format/format.h"
#include "live/live.h"
#include "live/open.h"
#include "sys/file.h"

/* Takes source over, whatever the outcome. */
static int open_input(const struct tsmmr_ctx *ctx, const struct tsmmr_input *input,
		      struct source *source, struct tsmmr_stream **ret, struct tsmmr_error *err)
{
	static const struct tsmmr_input nothing;
	_cleanup_(stream_free) struct tsmmr_stream *s = NULL;
	int r;

	if (!input)
		input = &nothing;
	r = open_source(ctx, &input->said, source, &s, err);
	if (r == 0 && input->name && stream_set_name(s, input->name) < 0)
		r = fail_nomem(err);
	if (r == 0)
		*ret = take_ptr(s);
	return filter(r);
}

TSMMR_API int tsmmr_stream_open_mem(const struct tsmmr_ctx *ctx, const struct tsmmr_input *input,
				    const void *data, size_t len, struct tsmmr_stream **ret_stream,
				    struct tsmmr_error *reterr)
{
	struct source source;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || (!data && len) || !ret_stream)
		return bad_arg(reterr, "no context, no data or nowhere to return to");
	source_mem(&source, data, len);
	return open_input(ctx, input, &source, ret_stream, reterr);
}

TSMMR_API int tsmmr_stream_open_fd(const struct tsmmr_ctx *ctx, const struct tsmmr_input *input,
				   int fd, struct tsmmr_stream **ret_stream,
				   struct tsmmr_error *reterr)
{
	struct source source;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || fd < 0 || !ret_stream)
		return bad_arg(reterr, "no context, no descriptor or nowhere to return to");
	file_source(fd, &source);
	return open_input(ctx, input, &source, ret_stream, reterr);
}

struct tsmmr_streams {
	struct tsmmr_stream **all;
	size_t n;
};
DEFINE_CLEANUP(struct tsmmr_streams *, tsmmr_streams_free)

TSMMR_API int tsmmr_streams_open_known(const struct tsmmr_ctx *ctx, int well_known, int platform,
				       struct tsmmr_streams **ret_streams,
				       struct tsmmr_error *reterr)
{
	_cleanup_(tsmmr_streams_free) struct tsmmr_streams *streams = NULL;
	int r;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !ret_streams || (well_known && !known_log_name(well_known)))
		return bad_arg(reterr, "no context, no such log or nowhere to return to");
	streams = calloc(1, sizeof(*streams));
	if (!streams)
		return fail_nomem(reterr);
	r = open_known(ctx, well_known, platform, &streams->all, &streams->n, reterr);
	if (r < 0)
		return filter(r);

	*ret_streams = take_ptr(streams);
	return 0;
}

TSMMR_API size_t tsmmr_streams_count(const struct tsmmr_streams *streams)
{
	return streams ? streams->n : 0;
}

TSMMR_API struct tsmmr_stream *tsmmr_streams_get(struct tsmmr_streams *streams, size_t i)
{
	return streams && i < streams->n ? streams->all[i] : NULL;
}

TSMMR_API void tsmmr_streams_free(struct tsmmr_streams *streams)
{
	if (!streams)
		return;
	streams_free(streams->all, streams->n);
	free(streams->all);
	free(streams);
}

TSMMR_API int tsmmr_stream_open_log(const struct tsmmr_ctx *ctx, const struct tsmmr_log *log,
				    struct tsmmr_stream **ret_stream, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !log || !ret_stream)
		return bad_arg(reterr, "no context, no log or nowhere to return to");
	return stream_over_log(log, ret_stream) < 0 ? fail_nomem(reterr) : 0;
}

TSMMR_API int tsmmr_stream_open_launch(const struct tsmmr_ctx *ctx,
				       const struct tsmmr_launch *launch, int platform,
				       struct tsmmr_stream **ret_stream, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !launch || !ret_stream)
		return bad_arg(reterr, "no context, no launch or nowhere to return to");
	return filter(open_launch(ctx, launch, platform, ret_stream, reterr));
}

TSMMR_API void tsmmr_stream_free(struct tsmmr_stream *stream)
{
	stream_free(stream);
}

TSMMR_API int tsmmr_stream_set_name(struct tsmmr_stream *stream, const char *name,
				    struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!stream || !name)
		return bad_arg(reterr, "no stream or no name");
	return stream_set_name(stream, name) < 0 ? fail_nomem(reterr) : 0;
}

TSMMR_API const char *tsmmr_stream_name(const struct tsmmr_stream *stream)
{
	return stream ? stream->name : NULL;
}

TSMMR_API int tsmmr_stream_next(struct tsmmr_stream *stream, const struct tsmmr_event **ret_event,
				struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!stream || !ret_event)
		return bad_arg(reterr, "no stream or nowhere to return to");
	return filter(stream_next(stream, ret_event, reterr));
}

TSMMR_API int tsmmr_stream_keep(struct tsmmr_stream *stream, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!stream || stream_was_read(stream))
		return bad_arg(reterr, "no stream, or one that was read from before");
	return source_hold(&stream->source) ?
		       0 :
		       filter(file_source_keep(&stream->source, true, stream->temporary, reterr));
}

TSMMR_API int tsmmr_stream_rewind(struct tsmmr_stream *stream, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!stream)
		return bad_arg(reterr, "no stream");
	return filter(stream_rewind(stream, reterr));
}

TSMMR_API int tsmmr_stream_merge(const struct tsmmr_ctx *ctx, struct tsmmr_stream *const *streams,
				 size_t n, struct tsmmr_stream **ret_stream,
				 struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !streams || !ret_stream || n < 1 || n > LOGS_MERGED_MAX)
		return bad_arg(reterr, "no context, not 1 to 64 streams or nowhere to return to");
	for (size_t i = 0; i < n; i++)
		if (!streams[i] || stream_was_read(streams[i]))
			return bad_arg(reterr, "a stream that is NULL, or was read from before");
	return filter(stream_join(ctx, streams, n, ret_stream, reterr));
}

TSMMR_API size_t tsmmr_stream_finding_count(const struct tsmmr_stream *stream)
{
	return stream ? stream->findings.n : 0;
}

TSMMR_API const struct tsmmr_finding *tsmmr_stream_finding(const struct tsmmr_stream *stream,
							   size_t i)
{
	return stream && i < stream->findings.n ? &stream->findings.all[i] : NULL;
}

TSMMR_API int tsmmr_stream_format(const struct tsmmr_stream *stream)
{
	return stream ? stream->format->id : TSMMR_E_ARG;
}

TSMMR_API uint64_t tsmmr_stream_event_count(const struct tsmmr_stream *stream)
{
	return stream ? stream->n_events : 0;
}

TSMMR_API uint64_t tsmmr_stream_byte_count(const struct tsmmr_stream *stream)
{
	return stream ? stream->source.offset : 0;
}

static int flush_fd(void *user, struct buf *out, struct tsmmr_error *err)
{
	return file_write((int)(intptr_t)user, out, err);
}

static int find_encoder(int format_id, const struct encoder **ret, struct tsmmr_error *err)
{
	const struct format *format = format_by_id(format_id);

	if (!format_name(format_id))
		return bad_arg(err, "no such format");
	if (!format || !format->encoder)
		return fail(err, TSMMR_E_UNSUPPORTED,
			    "logs of format %s cannot be written by this version",
			    format_name(format_id));
	*ret = format->encoder;
	return 0;
}

static int export(const struct tsmmr_ctx *ctx, struct tsmmr_stream *s, int format,
		  int (*flush)(void *user, struct buf *out, struct tsmmr_error *err), void *user,
		  struct buf *out, struct tsmmr_error *err)
{
	const struct encoder *enc = NULL;
	int r = find_encoder(format, &enc, err);

	if (r == 0 && stream_export_twice(s, enc))
		r = file_source_keep(&s->source, false, s->temporary, err);
	return r < 0 ? r : stream_export(ctx, s, enc, flush, user, out, err);
}

static int export_fd(const struct tsmmr_ctx *ctx, struct tsmmr_stream *s, int format, int fd,
		     struct tsmmr_error *err)
{
	_cleanup_(buf_done) struct buf out = { 0 };

	return export(ctx, s, format, flush_fd, (void *)(intptr_t)fd, &out, err);
}

TSMMR_API int tsmmr_stream_export_fd(const struct tsmmr_ctx *ctx, struct tsmmr_stream *stream,
				     int format, int fd, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !stream || fd < 0)
		return bad_arg(reterr, "no context, no stream or no descriptor");
	return filter(export_fd(ctx, stream, format, fd, reterr));
}

/* Keeps what was written, as far as there is room. */
static int flush_kept(void *user, struct buf *out, struct tsmmr_error *err)
{
	const struct tsmmr_ctx *ctx = user;
	uint64_t limit = ctx->limits.bytes ? ctx->limits.bytes : FROZEN_BYTES_DEFAULT;

	return out->n <= limit ? 0 :
				 fail(err, TSMMR_E_LIMIT,
				      "what is written takes more than %llu bytes of memory",
				      (unsigned long long)limit);
}

TSMMR_API int tsmmr_stream_export(const struct tsmmr_ctx *ctx, struct tsmmr_stream *stream,
				  int format, uint8_t **ret_bytes, size_t *ret_len,
				  struct tsmmr_error *reterr)
{
	_cleanup_(buf_done) struct buf out = { 0 };

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !stream || !ret_bytes)
		return bad_arg(reterr, "no context, no stream or nowhere to return to");
	return give(&out,
		    export(ctx, stream, format, flush_kept, (void *)(uintptr_t)ctx, &out, reterr),
		    ret_bytes, ret_len, reterr);
}

static int parse(const struct tsmmr_ctx *ctx, const struct tsmmr_input *input, const void *data,
		 size_t len, bool copy, struct tsmmr_log **ret, struct tsmmr_error *err)
{
	_cleanup_(stream_free) struct tsmmr_stream *s = NULL;
	int r;

	if (!ret)
		return bad_abi(err) ? TSMMR_E_ABI : bad_arg(err, "nowhere to return to");
	r = tsmmr_stream_open_mem(ctx, input, data, len, &s, err);
	if (r == 0)
		r = log_from_stream(ctx, s, span_of(data, copy ? 0 : len), ret, err);
	return filter(r);
}

TSMMR_API int tsmmr_log_parse(const struct tsmmr_ctx *ctx, const struct tsmmr_input *input,
			      const void *data, size_t len, struct tsmmr_log **ret_log,
			      struct tsmmr_error *reterr)
{
	return parse(ctx, input, data, len, true, ret_log, reterr);
}

TSMMR_API int tsmmr_log_parse_borrow(const struct tsmmr_ctx *ctx, const struct tsmmr_input *input,
				     const void *data, size_t len, struct tsmmr_log **ret_log,
				     struct tsmmr_error *reterr)
{
	return parse(ctx, input, data, len, false, ret_log, reterr);
}

TSMMR_API int tsmmr_log_open_fd(const struct tsmmr_ctx *ctx, const struct tsmmr_input *input,
				int fd, struct tsmmr_log **ret_log, struct tsmmr_error *reterr)
{
	_cleanup_(stream_free) struct tsmmr_stream *s = NULL;
	int r;

	if (!ret_log)
		return bad_abi(reterr) ? TSMMR_E_ABI : bad_arg(reterr, "nowhere to return to");
	r = tsmmr_stream_open_fd(ctx, input, fd, &s, reterr);
	if (r == 0)
		r = log_from_stream(ctx, s, span_of(NULL, 0), ret_log, reterr);
	return filter(r);
}

TSMMR_API int tsmmr_log_from_stream(const struct tsmmr_ctx *ctx, struct tsmmr_stream *stream,
				    struct tsmmr_log **ret_log, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !stream || !ret_log)
		return bad_arg(reterr, "no context, no stream or nowhere to return to");
	/* Its end would pass for the whole. */
	if (stream_was_read(stream))
		return bad_arg(reterr, "a stream that was read from before");
	return filter(log_from_stream(ctx, stream, span_of(NULL, 0), ret_log, reterr));
}

TSMMR_API int tsmmr_log_merge(const struct tsmmr_ctx *ctx, struct tsmmr_log *const *logs, size_t n,
			      struct tsmmr_log **ret_log, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !logs || !ret_log || n < 1 || n > LOGS_MERGED_MAX)
		return bad_arg(reterr, "no context, not 1 to 64 logs or nowhere to return to");
	if (any_null(logs, n))
		return bad_arg(reterr, "a log is NULL");
	return filter(log_merge(ctx, logs, n, ret_log, reterr));
}

TSMMR_API int tsmmr_log_collect(const struct tsmmr_ctx *ctx, int platform,
				struct tsmmr_log **ret_log, struct tsmmr_error *reterr)
{
	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !ret_log)
		return bad_arg(reterr, "no context or nowhere to return to");
	return filter(log_collect(ctx, platform, ret_log, reterr));
}

TSMMR_API struct tsmmr_log *tsmmr_log_ref(struct tsmmr_log *log)
{
	return log ? log_ref(log) : NULL;
}

TSMMR_API void tsmmr_log_free(struct tsmmr_log *log)
{
	log_free(log);
}

TSMMR_API size_t tsmmr_log_count(const struct tsmmr_log *log)
{
	return log ? log->n : 0;
}

TSMMR_API const struct tsmmr_event *tsmmr_log_get(const struct tsmmr_log *log, size_t i)
{
	return log && i < log->n ? &log->events[i] : NULL;
}

TSMMR_API int tsmmr_log_format(const struct tsmmr_log *log)
{
	return log ? log->format->id : TSMMR_E_ARG;
}

TSMMR_API const char *tsmmr_log_name(const struct tsmmr_log *log)
{
	return log ? log->name : NULL;
}

TSMMR_API uint64_t tsmmr_log_byte_count(const struct tsmmr_log *log)
{
	return log ? log->n_bytes : 0;
}

TSMMR_API size_t tsmmr_log_finding_count(const struct tsmmr_log *log)
{
	return log ? log->findings.n : 0;
}

TSMMR_API const struct tsmmr_finding *tsmmr_log_finding(const struct tsmmr_log *log, size_t i)
{
	return log && i < log->findings.n ? &log->findings.all[i] : NULL;
}

TSMMR_API size_t tsmmr_log_source_count(const struct tsmmr_log *log)
{
	return log ? log->n_sources : 0;
}

TSMMR_API const char *tsmmr_log_source_name(const struct tsmmr_log *log, size_t i)
{
	return log && i < log->n_sources ? log->sources[i].name : NULL;
}

TSMMR_API int tsmmr_log_source_format(const struct tsmmr_log *log, size_t i)
{
	return log && i < log->n_sources ? log->sources[i].format->id : TSMMR_E_ARG;
}

TSMMR_API uint64_t tsmmr_log_find(const struct tsmmr_log *log, uint64_t source, uint64_t record)
{
	return log ? log_find(log, source, record) : TSMMR_NONE;
}

TSMMR_API int tsmmr_log_export(const struct tsmmr_ctx *ctx, const struct tsmmr_log *log, int format,
			       uint8_t **ret_bytes, size_t *ret_len, struct tsmmr_error *reterr)
{
	_cleanup_(stream_free) struct tsmmr_stream *s = NULL;
	_cleanup_(buf_done) struct buf out = { 0 };

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !log || !ret_bytes)
		return bad_arg(reterr, "no context, no log or nowhere to return to");
	if (stream_over_log(log, &s) < 0)
		return fail_nomem(reterr);
	return give(&out, export(ctx, s, format, NULL, NULL, &out, reterr), ret_bytes, ret_len,
		    reterr);
}

TSMMR_API int tsmmr_log_export_fd(const struct tsmmr_ctx *ctx, const struct tsmmr_log *log,
				  int format, int fd, struct tsmmr_error *reterr)
{
	_cleanup_(stream_free) struct tsmmr_stream *s = NULL;

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!ctx || !log || fd < 0)
		return bad_arg(reterr, "no context, no log or no descriptor");
	if (stream_over_log(log, &s) < 0)
		return fail_nomem(reterr);
	return filter(export_fd(ctx, s, format, fd, reterr));
}

TSMMR_API uint64_t tsmmr_event_log(const struct tsmmr_event *event)
{
	return event ? event->log : TSMMR_NONE;
}

TSMMR_API uint64_t tsmmr_event_record(const struct tsmmr_event *event)
{
	return event ? event->record : TSMMR_NONE;
}

TSMMR_API uint64_t tsmmr_event_offset(const struct tsmmr_event *event)
{
	return event ? event->offset : TSMMR_NONE;
}

TSMMR_API uint64_t tsmmr_event_recnum(const struct tsmmr_event *event)
{
	return event ? event->recnum : TSMMR_NONE;
}

TSMMR_API uint64_t tsmmr_event_index(const struct tsmmr_event *event)
{
	return event && event->index != NOT_A_REGISTER ? event->index : TSMMR_NONE;
}

TSMMR_API int tsmmr_event_space(const struct tsmmr_event *event)
{
	return event ? event->space : TSMMR_E_ARG;
}

TSMMR_API const char *tsmmr_event_register(const struct tsmmr_event *event)
{
	const struct reg_desc *d = event ? event_reg(event) : NULL;

	return d ? d->name : NULL;
}

TSMMR_API const char *tsmmr_event_role(const struct tsmmr_event *event)
{
	const struct reg_desc *d = event ? event_reg(event) : NULL;

	return d ? d->role : NULL;
}

TSMMR_API int tsmmr_event_platform(const struct tsmmr_event *event)
{
	return event ? event->platform->id : TSMMR_E_ARG;
}

TSMMR_API uint64_t tsmmr_event_content(const struct tsmmr_event *event)
{
	return event && event->content != EVENT_NAMED ? event->content : TSMMR_NONE;
}

TSMMR_API uint64_t tsmmr_event_type(const struct tsmmr_event *event)
{
	return event && !event_type_is_named(event) ? event->type : TSMMR_NONE;
}

TSMMR_API const char *tsmmr_event_type_name(const struct tsmmr_event *event)
{
	return event && event->class ? event->class->type_name(event->type) : NULL;
}

TSMMR_API int tsmmr_event_is_measured(const struct tsmmr_event *event)
{
	return event && event->measured;
}

TSMMR_API int tsmmr_event_after_separator(const struct tsmmr_event *event)
{
	return event ? event_after_separator(event) : TSMMR_AFTER_UNKNOWN;
}

TSMMR_API size_t tsmmr_event_digest_count(const struct tsmmr_event *event)
{
	return event ? event->n_digests : 0;
}

TSMMR_API int tsmmr_event_digest(const struct tsmmr_event *event, size_t i, int *ret_hash,
				 const uint8_t **ret_digest, size_t *ret_len)
{
	if (!event)
		return TSMMR_E_ARG;
	if (i >= event->n_digests)
		return TSMMR_E_NOTFOUND;
	if (ret_hash)
		*ret_hash = event->digests[i].alg;
	return lend(event->digests[i].value.p, event->digests[i].value.n, ret_digest, ret_len);
}

TSMMR_API int tsmmr_event_data(const struct tsmmr_event *event, const uint8_t **ret_data,
			       size_t *ret_len)
{
	return event ? lend(event->data.p, event->data.n, ret_data, ret_len) : TSMMR_E_ARG;
}

TSMMR_API int tsmmr_event_binding(const struct tsmmr_event *event, const char **ret_rule)
{
	_cleanup_(hashers_done) struct hashers set = { 0 };
	const struct bind_rule *rule = NULL;
	int r;

	if (!event)
		return TSMMR_E_ARG;
	r = event_bind_all(event, &set, &rule);
	if (r >= 0 && ret_rule)
		*ret_rule = r != TSMMR_BINDING_UNBOUND && rule ? rule->id : NULL;
	return filter(r);
}

TSMMR_API int tsmmr_event_text(const struct tsmmr_event *event, char *buf, size_t size)
{
	BUF_LOCAL(b, EVENT_ROOM);

	if (!event || (!buf && size))
		return TSMMR_E_ARG;
	return print(&b, event_text(event, &b), buf, size);
}

TSMMR_API int tsmmr_event_export_json(const struct tsmmr_event *event, uint64_t log,
				      uint8_t **ret_json, size_t *ret_len,
				      struct tsmmr_error *reterr)
{
	_cleanup_(hashers_done) struct hashers set = { 0 };
	BUF_LOCAL(b, EVENT_ROOM);

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!event || !ret_json)
		return bad_arg(reterr, "no event or nowhere to return to");
	return give_low(&b, event_json(event, log, -1, &set, &b), ret_json, ret_len, reterr);
}

TSMMR_API int tsmmr_event_details_json(const struct tsmmr_event *event, uint8_t **ret_json,
				       size_t *ret_len, struct tsmmr_error *reterr)
{
	BUF_LOCAL(b, EVENT_ROOM);

	if (bad_abi(reterr))
		return TSMMR_E_ABI;
	if (!event || !ret_json)
		return bad_arg(reterr, "no event or nowhere to return to");
	return give_low(&b, event_details_json(event, &b), ret_json, ret_len, reterr);
}
