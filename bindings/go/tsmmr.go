// SPDX-License-Identifier: BSD-2-Clause

// Package tsmmr reads measurement registers and their event logs, and says whether one explains
// the other.  Each type is a thin cover of the C object of that name, whose manual page says what
// the calls mean (tsmmr_policy(3) …).
//
// Objects are freed by Close, or when the garbage collector finds them, in any order.  A Context,
// Log, Registers, Policy and Report may be used by any number of goroutines, a Stream by one at a
// time.
package tsmmr

// #cgo pkg-config: libtsmmr
// #include <stdlib.h>
// #include <tsmmr/tsmmr.h>
import "C"

import (
	"errors"
	"os"
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

// None is "no such record" and the like.
const None = uint64(C.TSMMR_NONE)

// What calls take and give most; the others are numbers of tsmmr/types.h.
const (
	PlatformAuto  = int(C.TSMMR_PLATFORM_AUTO)
	PlatformTDX   = int(C.TSMMR_PLATFORM_TDX)
	PlatformSNP   = int(C.TSMMR_PLATFORM_SNP)
	PlatformCCA   = int(C.TSMMR_PLATFORM_CCA)
	PlatformNitro = int(C.TSMMR_PLATFORM_NITRO)
	PlatformTPM   = int(C.TSMMR_PLATFORM_TPM)
	FormatAuto    = int(C.TSMMR_FORMAT_AUTO)
	FormatCELCBOR = int(C.TSMMR_FORMAT_CEL_CBOR)
	FormatCELJSON = int(C.TSMMR_FORMAT_CEL_JSON)
	HashSHA256    = int(C.TSMMR_HASH_SHA256)
	HashSHA384    = int(C.TSMMR_HASH_SHA384)
)

// Error is how a call failed, and where; what is not known of the place is None.
type Error struct {
	Code, Detail        int
	Errno               syscall.Errno
	Log, Record, Offset uint64
	Message             string
}

// The kinds of failure, for errors.Is().
var (
	ErrNoMem       = &Error{Code: C.TSMMR_E_NOMEM}
	ErrArg         = &Error{Code: C.TSMMR_E_ARG}
	ErrIO          = &Error{Code: C.TSMMR_E_IO}
	ErrNotFound    = &Error{Code: C.TSMMR_E_NOTFOUND}
	ErrFormat      = &Error{Code: C.TSMMR_E_FORMAT}
	ErrTruncated   = &Error{Code: C.TSMMR_E_TRUNCATED}
	ErrMalformed   = &Error{Code: C.TSMMR_E_MALFORMED}
	ErrUnsupported = &Error{Code: C.TSMMR_E_UNSUPPORTED}
	ErrLimit       = &Error{Code: C.TSMMR_E_LIMIT}
	ErrMismatch    = &Error{Code: C.TSMMR_E_MISMATCH}
	ErrUntrusted   = &Error{Code: C.TSMMR_E_UNTRUSTED}
	ErrLocked      = &Error{Code: C.TSMMR_E_LOCKED}
	ErrInDoubt     = &Error{Code: C.TSMMR_E_INDOUBT}
)

func (e *Error) Error() string {
	if e.Message != "" {
		return e.Message
	}
	return Name(C.TSMMR_NAMES_ERROR, e.Code)
}

// Is says whether two failures are of one kind.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Code == e.Code
}

// Unwrap gives the errno of an ErrIO.
func (e *Error) Unwrap() error {
	if e.Errno == 0 {
		return nil
	}
	return e.Errno
}

// Name of a number, as the command line and JSON spell it.
func Name(names, value int) string {
	return C.GoString(C.tsmmr_name(C.int(names), C.int(value)))
}

// Version of the library in use.
func Version() string { return C.GoString(C.tsmmr_version()) }

type failure = C.struct_tsmmr_error

func newFailure() *failure { return &failure{size: C.sizeof_struct_tsmmr_error} }

func (f *failure) of(r C.int) error {
	if r >= 0 {
		return nil
	}
	return &Error{int(r), int(f.detail), syscall.Errno(f.os_errno), uint64(f.log),
		uint64(f.record), uint64(f.offset), C.GoString(&f.message[0])}
}

// pointer to bytes that C reads during the call only.
func pointer(b []byte) (unsafe.Pointer, C.size_t) {
	if len(b) == 0 {
		return unsafe.Pointer(&[1]byte{}), 0
	}
	return unsafe.Pointer(&b[0]), C.size_t(len(b))
}

// with calls f with a string of C's, or NULL for "".
func with(s string, f func(*C.char) C.int) C.int {
	if s == "" {
		return f(nil)
	}
	text := C.CString(s)
	defer C.free(unsafe.Pointer(text))
	return f(text)
}

func lent(p *C.uint8_t, n C.size_t) []byte { return C.GoBytes(unsafe.Pointer(p), C.int(n)) }

// owned copies bytes that the library handed out, and frees them.
func owned(p *C.uint8_t, n C.size_t) []byte {
	defer C.tsmmr_free(unsafe.Pointer(p))
	return lent(p, n)
}

// written is text that a call writes as snprintf() does.
func written(call func(*C.char, C.size_t) C.int) string {
	buf := make([]byte, 512)
	n := int(call((*C.char)(unsafe.Pointer(&buf[0])), C.size_t(len(buf))))
	if n >= len(buf) {
		buf = make([]byte, n+1)
		n = int(call((*C.char)(unsafe.Pointer(&buf[0])), C.size_t(len(buf))))
	}
	if n < 0 {
		return ""
	}
	return string(buf[:n])
}

// Context is what is the same for all: root, limits, whom evidence must lead to.
type Context struct{ p *C.struct_tsmmr_ctx }

// Option sets up a context.
type Option func(*Context, *failure) C.int

// Root is the directory that stands in for "/".
func Root(path string) Option {
	return func(c *Context, f *failure) C.int {
		return with(path, func(s *C.char) C.int { return C.tsmmr_ctx_set_root(c.p, s, f) })
	}
}

// Time is when certificates must be valid, in seconds since 1970.
func Time(seconds uint64) Option {
	return func(c *Context, f *failure) C.int {
		return C.tsmmr_ctx_set_time(c.p, C.uint64_t(seconds), f)
	}
}

// TrustRoot pins certificates or a key.
func TrustRoot(data []byte) Option {
	return func(c *Context, f *failure) C.int {
		p, n := pointer(data)
		return C.tsmmr_ctx_add_trust_root(c.p, p, n, f)
	}
}

// TrustRootNamed pins a vendor's root, "intel-sgx".
func TrustRootNamed(name string) Option {
	return func(c *Context, f *failure) C.int {
		return with(name, func(s *C.char) C.int {
			return C.tsmmr_ctx_add_trust_root_named(c.p, s, f)
		})
	}
}

// Collateral is what a vendor says of its platforms: a file of it.
func Collateral(data []byte) Option {
	return func(c *Context, f *failure) C.int {
		p, n := pointer(data)
		return C.tsmmr_ctx_add_collateral(c.p, C.TSMMR_PART_AUTO, p, n, f)
	}
}

// CollateralGrace is for how many seconds after its end collateral still counts.
func CollateralGrace(seconds uint64) Option {
	return func(c *Context, f *failure) C.int {
		return C.tsmmr_ctx_set_collateral_grace(c.p, C.uint64_t(seconds), f)
	}
}

// NewContext makes a context that does not change any more.
func NewContext(options ...Option) (*Context, error) {
	f, c := newFailure(), &Context{}
	if r := C.tsmmr_ctx_new(0, &c.p, f); r < 0 {
		return nil, f.of(r)
	}
	runtime.SetFinalizer(c, (*Context).Close)
	for _, option := range options {
		if r := option(c, f); r < 0 {
			c.Close()
			return nil, f.of(r)
		}
	}
	return c, nil
}

// Close frees it; what was made with it stays.
func (c *Context) Close() { C.tsmmr_ctx_free(c.p); c.p = nil }

// Known is what is known of a log before it is read; the zero value is nothing.
type Known struct {
	Format, Platform int
	Register, Name   string
}

func (k *Known) input(f *failure) (*C.struct_tsmmr_input, C.int) {
	var in *C.struct_tsmmr_input
	r := C.tsmmr_input_new(&in, f)
	if r == 0 {
		r = C.tsmmr_input_set_format(in, C.int(k.Format), f)
	}
	if r == 0 {
		r = C.tsmmr_input_set_platform(in, C.int(k.Platform), f)
	}
	if r == 0 && k.Register != "" {
		r = with(k.Register, func(s *C.char) C.int { return C.tsmmr_input_set_register(in, s, f) })
	}
	if r == 0 && k.Name != "" {
		r = with(k.Name, func(s *C.char) C.int { return C.tsmmr_input_set_name(in, s, f) })
	}
	return in, r
}

// Event is one record.  One of a Stream is lent: it is gone when the next one is asked for.
type Event struct {
	p     *C.struct_tsmmr_event
	owner any
}

// Record is its number in its log.
func (e Event) Record() uint64 {
	defer runtime.KeepAlive(e.owner)
	return uint64(C.tsmmr_event_record(e.p))
}

// Register is the name of what it extends, or "".
func (e Event) Register() string {
	defer runtime.KeepAlive(e.owner)
	return C.GoString(C.tsmmr_event_register(e.p))
}

// TypeName is "EV_SEPARATOR" and the like, or "".
func (e Event) TypeName() string {
	defer runtime.KeepAlive(e.owner)
	return C.GoString(C.tsmmr_event_type_name(e.p))
}

// Data is what the record says it measured; copied when it is asked for.
func (e Event) Data() []byte {
	var p *C.uint8_t
	var n C.size_t
	defer runtime.KeepAlive(e.owner)
	C.tsmmr_event_data(e.p, &p, &n)
	return lent(p, n)
}

// Digest in that bank, or nil.
func (e Event) Digest(hash int) []byte {
	defer runtime.KeepAlive(e.owner)
	for i := C.size_t(0); i < C.tsmmr_event_digest_count(e.p); i++ {
		var kind C.int
		var p *C.uint8_t
		var n C.size_t
		if C.tsmmr_event_digest(e.p, i, &kind, &p, &n) == 0 && int(kind) == hash {
			return lent(p, n)
		}
	}
	return nil
}

// Text is what the log claims; Report.Text is what may be believed.
func (e Event) Text() string {
	defer runtime.KeepAlive(e.owner)
	return written(func(p *C.char, n C.size_t) C.int { return C.tsmmr_event_text(e.p, p, n) })
}

// Stream is a log, one event at a time, in memory that does not grow with it.
type Stream struct {
	p     *C.struct_tsmmr_stream
	file  *os.File
	event Event
	err   error
}

// OpenStream reads a log from a file.
func OpenStream(c *Context, file *os.File, known Known) (*Stream, error) {
	f, s := newFailure(), &Stream{file: file}
	in, r := known.input(f)
	defer C.tsmmr_input_free(in)
	if r == 0 {
		r = C.tsmmr_stream_open_fd(c.p, in, C.int(file.Fd()), &s.p, f)
	}
	runtime.KeepAlive(c)
	if r < 0 {
		return nil, f.of(r)
	}
	runtime.SetFinalizer(s, (*Stream).Close)
	return s, nil
}

// Next goes to the next event; false at the end, and after an error.
func (s *Stream) Next() bool {
	f := newFailure()
	s.event = Event{nil, s}
	r := C.tsmmr_stream_next(s.p, &s.event.p, f)
	s.err = f.of(r)
	return r > 0
}

// Event is the one that Next went to.
func (s *Stream) Event() Event { return s.event }

// Err is why Next said no, or nil.
func (s *Stream) Err() error { return s.err }

// Close frees it; the file stays open.
func (s *Stream) Close() { C.tsmmr_stream_free(s.p); s.p = nil }

// Log is a whole log, for events in any order.
type Log struct{ p *C.struct_tsmmr_log }

func newLog(p *C.struct_tsmmr_log) *Log {
	l := &Log{p}
	runtime.SetFinalizer(l, (*Log).Close)
	return l
}

// ParseLog reads a log.
func ParseLog(c *Context, data []byte, known Known) (*Log, error) {
	var p *C.struct_tsmmr_log
	f := newFailure()
	in, r := known.input(f)
	defer C.tsmmr_input_free(in)
	if r == 0 {
		bytes, n := pointer(data)
		r = C.tsmmr_log_parse(c.p, in, bytes, n, &p, f)
	}
	runtime.KeepAlive(c)
	if r < 0 {
		return nil, f.of(r)
	}
	return newLog(p), nil
}

// Collect is all that this machine has about a platform's registers.
func Collect(c *Context, platform int) (*Log, error) {
	var p *C.struct_tsmmr_log
	f := newFailure()
	r := C.tsmmr_log_collect(c.p, C.int(platform), &p, f)
	runtime.KeepAlive(c)
	if r < 0 {
		return nil, f.of(r)
	}
	return newLog(p), nil
}

// Len is how many events it has.
func (l *Log) Len() int { defer runtime.KeepAlive(l); return int(C.tsmmr_log_count(l.p)) }

// Event i, below Len().
func (l *Log) Event(i int) Event { return Event{C.tsmmr_log_get(l.p, C.size_t(i)), l} }

// Export gives it in another form.
func (l *Log) Export(c *Context, format int) ([]byte, error) {
	var p *C.uint8_t
	var n C.size_t
	f := newFailure()
	r := C.tsmmr_log_export(c.p, l.p, C.int(format), &p, &n, f)
	runtime.KeepAlive(c)
	runtime.KeepAlive(l)
	if r < 0 {
		return nil, f.of(r)
	}
	return owned(p, n), nil
}

// Close frees it.
func (l *Log) Close() { C.tsmmr_log_free(l.p); l.p = nil }

// Evidence is what hardware signed, put together from parts.
type Evidence struct{ p *C.struct_tsmmr_evidence }

// Part of evidence.
type Part struct {
	Kind int
	Data []byte
}

// NewEvidence puts it together; a Kind of 0 finds out what a part is.
func NewEvidence(c *Context, parts ...Part) (*Evidence, error) {
	f, e := newFailure(), &Evidence{}
	r := C.tsmmr_evidence_new(c.p, &e.p, f)
	runtime.SetFinalizer(e, (*Evidence).Close)
	for i := 0; r == 0 && i < len(parts); i++ {
		p, n := pointer(parts[i].Data)
		r = C.tsmmr_evidence_add(e.p, C.int(parts[i].Kind), p, n, f)
	}
	runtime.KeepAlive(c)
	if r < 0 {
		return nil, f.of(r)
	}
	return e, nil
}

// TrustRoot pins a root for this machine's evidence alone: its TPM's key, say.
func (e *Evidence) TrustRoot(data []byte) error {
	f := newFailure()
	p, n := pointer(data)
	defer runtime.KeepAlive(e)
	return f.of(C.tsmmr_evidence_add_trust_root(e.p, p, n, f))
}

// SetTime says when its certificates must be valid, in seconds since 1970.
func (e *Evidence) SetTime(seconds uint64) error {
	f := newFailure()
	defer runtime.KeepAlive(e)
	return f.of(C.tsmmr_evidence_set_time(e.p, C.uint64_t(seconds), f))
}

// Parts that it has.
func (e *Evidence) Parts() (parts []Part) {
	var kind C.int
	var p *C.uint8_t
	var n C.size_t
	defer runtime.KeepAlive(e)
	for C.tsmmr_evidence_part_at(e.p, C.size_t(len(parts)), &kind, &p, &n) == 0 {
		parts = append(parts, Part{int(kind), lent(p, n)})
	}
	return parts
}

// Close frees it.
func (e *Evidence) Close() { C.tsmmr_evidence_free(e.p); e.p = nil }

// Registers are what the hardware says.
type Registers struct{ p *C.struct_tsmmr_regs }

// RegistersOf makes them from evidence, after every check that it allows.
func RegistersOf(c *Context, e *Evidence) (*Registers, error) {
	f, g := newFailure(), &Registers{}
	r := C.tsmmr_regs_from_evidence(c.p, e.p, &g.p, f)
	runtime.KeepAlive(c)
	runtime.KeepAlive(e)
	if r < 0 {
		return nil, f.of(r)
	}
	runtime.SetFinalizer(g, (*Registers).Close)
	return g, nil
}

// ReadRegisters reads those of this machine.
func ReadRegisters(c *Context) (*Registers, error) {
	f, g := newFailure(), &Registers{}
	r := C.tsmmr_regs_read(c.p, &g.p, f)
	runtime.KeepAlive(c)
	if r < 0 {
		return nil, f.of(r)
	}
	runtime.SetFinalizer(g, (*Registers).Close)
	return g, nil
}

// Value of a register by name or role in its strongest bank, or nil.
func (g *Registers) Value(name string) (value []byte) {
	var p *C.uint8_t
	var n C.size_t
	defer runtime.KeepAlive(g)
	with(name, func(s *C.char) C.int {
		reg := C.tsmmr_regs_find(g.p, s, 0)
		if reg != nil && C.tsmmr_reg_value(reg, &p, &n) == 0 {
			value = lent(p, n)
		}
		return 0
	})
	return value
}

// Claims of piece i of the evidence, by name (tsmmr-claims(7)): each a uint64, a string, a
// time.Time or []byte.
func (g *Registers) Claims(i int) map[string]any {
	claims := map[string]any{}
	var name *C.char
	var kind C.int
	var p *C.uint8_t
	var n C.size_t
	defer runtime.KeepAlive(g)
	for k := C.size_t(0); C.tsmmr_regs_claim_at(g.p, C.size_t(i), k, &name, &kind, &p, &n) == 0; k++ {
		var number C.uint64_t
		C.tsmmr_regs_claim_u64(g.p, C.size_t(i), name, &number)
		switch kind {
		case C.TSMMR_CLAIM_U64:
			claims[C.GoString(name)] = uint64(number)
		case C.TSMMR_CLAIM_TIME:
			claims[C.GoString(name)] = time.UnixMilli(int64(number))
		case C.TSMMR_CLAIM_TEXT:
			claims[C.GoString(name)] = string(lent(p, n))
		default:
			claims[C.GoString(name)] = lent(p, n)
		}
	}
	return claims
}

// Close frees it.
func (g *Registers) Close() { C.tsmmr_regs_free(g.p); g.p = nil }

// Policy is what is asked, and what is good enough.
type Policy struct{ p *C.struct_tsmmr_policy }

// NewPolicy makes one from lines as `--policy` takes them: "require rtmr0-2", "nonce 00…".
func NewPolicy(c *Context, text string) (*Policy, error) {
	f, o := newFailure(), &Policy{}
	r := C.tsmmr_policy_new(c.p, &o.p, f)
	runtime.KeepAlive(c)
	if r == 0 {
		runtime.SetFinalizer(o, (*Policy).Close)
		if text != "" {
			r = with(text, func(s *C.char) C.int {
				return C.tsmmr_policy_parse(o.p, s, C.size_t(len(text)), f)
			})
		}
	}
	if r < 0 {
		return nil, f.of(r)
	}
	return o, nil
}

// SetNonce says what evidence must carry; SetNoNonce that nobody asks.
func (o *Policy) SetNonce(nonce []byte) error {
	f := newFailure()
	p, n := pointer(nonce)
	defer runtime.KeepAlive(o)
	return f.of(C.tsmmr_policy_set_nonce(o.p, p, n, f))
}

// SetNoNonce is for evidence that was kept.
func (o *Policy) SetNoNonce() error {
	f := newFailure()
	defer runtime.KeepAlive(o)
	return f.of(C.tsmmr_policy_set_no_nonce(o.p, f))
}

// Close frees it.
func (o *Policy) Close() { C.tsmmr_policy_free(o.p); o.p = nil }

// Verdict of a report.  Only Verified is a yes.
type Verdict int

// The verdicts.
const (
	NoVerdict  = Verdict(C.TSMMR_VERDICT_NONE)
	Verified   = Verdict(C.TSMMR_VERDICT_VERIFIED)
	Incomplete = Verdict(C.TSMMR_VERDICT_INCOMPLETE)
	Mismatch   = Verdict(C.TSMMR_VERDICT_MISMATCH)
)

// Report is logs and registers compared, and judged under a policy.
type Report struct {
	p    *C.struct_tsmmr_report
	logs []*Log
}

func (r *Report) array() (**C.struct_tsmmr_log, C.size_t) {
	array := make([]*C.struct_tsmmr_log, len(r.logs)+1)
	for i, log := range r.logs {
		array[i] = log.p
	}
	return &array[0], C.size_t(len(r.logs))
}

// NewReport compares logs with registers under a policy (nil: the default).
func NewReport(c *Context, logs []*Log, g *Registers, o *Policy) (*Report, error) {
	f, r := newFailure(), &Report{logs: logs}
	var regs *C.struct_tsmmr_regs
	var policy *C.struct_tsmmr_policy
	if g != nil {
		regs = g.p
	}
	if o != nil {
		policy = o.p
	}
	array, n := r.array()
	result := C.tsmmr_report_new(c.p, array, n, regs, policy, &r.p, f)
	runtime.KeepAlive(c)
	runtime.KeepAlive(logs)
	runtime.KeepAlive(g)
	runtime.KeepAlive(o)
	if result < 0 {
		return nil, f.of(result)
	}
	runtime.SetFinalizer(r, (*Report).Close)
	return r, nil
}

// Verdict is NoVerdict after Close.
func (r *Report) Verdict() Verdict {
	defer runtime.KeepAlive(r)
	return Verdict(C.tsmmr_report_verdict(r.p))
}

// Because says in words why it is not Verified.
func (r *Report) Because() (words []string) {
	defer runtime.KeepAlive(r)
	for {
		word := C.tsmmr_report_because(r.p, C.size_t(len(words)), nil, nil)
		if word == nil {
			return words
		}
		words = append(words, C.GoString(word))
	}
}

// Row is what a report says of one register.
type Row struct {
	Name, Anchor string
	Status       int
	Events       uint64
	Gaps         []string
}

// Rows of all registers.
func (r *Report) Rows() (rows []Row) {
	defer runtime.KeepAlive(r)
	for i := C.size_t(0); i < C.tsmmr_report_count(r.p); i++ {
		row := Row{Name: C.GoString(C.tsmmr_report_name(r.p, i)),
			Anchor: C.GoString(C.tsmmr_report_anchor(r.p, i)),
			Status: int(C.tsmmr_report_status(r.p, i)),
			Events: uint64(C.tsmmr_report_event_count(r.p, i))}
		for k := C.size_t(0); k < C.tsmmr_report_gap_count(r.p, i); k++ {
			gap := C.tsmmr_report_gap(r.p, i, k)
			row.Gaps = append(row.Gaps, C.GoString(C.tsmmr_gap_word(gap)))
		}
		rows = append(rows, row)
	}
	return rows
}

// Finding is what was noticed and lived with (tsmmr-findings(7)).
type Finding struct {
	ID, Text            string
	Severity            int
	Log, Record, Offset uint64
}

// Findings of logs, evidence and replay.
func (r *Report) Findings() (all []Finding) {
	defer runtime.KeepAlive(r)
	for i := C.size_t(0); i < C.tsmmr_report_finding_count(r.p); i++ {
		one := C.tsmmr_report_finding(r.p, i)
		all = append(all, Finding{C.GoString(C.tsmmr_finding_id(one)),
			C.GoString(C.tsmmr_finding_text(one)), int(C.tsmmr_finding_severity(one)),
			uint64(C.tsmmr_finding_log(one)), uint64(C.tsmmr_finding_record(one)),
			uint64(C.tsmmr_finding_offset(one))})
	}
	return all
}

// IsProven: is event i of log number log inside the verified part of a verified register?
func (r *Report) IsProven(log, i int) bool {
	defer runtime.KeepAlive(r)
	return C.tsmmr_report_is_event_proven(r.p, C.uint64_t(log), C.size_t(i)) == 1
}

// Text is what may be believed of event i of log number log; "" where nothing may.
func (r *Report) Text(log, i int) string {
	defer runtime.KeepAlive(r)
	return written(func(p *C.char, n C.size_t) C.int {
		return C.tsmmr_report_event_text(r.p, r.logs[log].p, C.uint64_t(log), C.size_t(i), p, n)
	})
}

// Believed is the text of every event that is proven and bound to its digest.
func (r *Report) Believed() (texts []string) {
	for number, log := range r.logs {
		for i := 0; i < log.Len(); i++ {
			if text := r.Text(number, i); text != "" {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// Domain is the proven and bound records of one application, each as `tsmmr.event/1`.
func (r *Report) Domain(c *Context, prefix string) (records [][]byte, err error) {
	f, streams := newFailure(), make([]*C.struct_tsmmr_stream, len(r.logs)+1)
	defer runtime.KeepAlive(r)
	for i, log := range r.logs {
		result := C.tsmmr_stream_open_log(c.p, log.p, &streams[i], f)
		runtime.KeepAlive(c)
		if result < 0 {
			return nil, f.of(result)
		}
		defer C.tsmmr_stream_free(streams[i])
	}
	var pass *C.struct_tsmmr_report_pass
	result := C.tsmmr_report_pass_new(r.p, &streams[0], C.size_t(len(r.logs)), &pass, f)
	if result < 0 {
		return nil, f.of(result)
	}
	defer C.tsmmr_report_pass_free(pass)
	words := C.CString(prefix)
	defer C.free(unsafe.Pointer(words))
	result = C.tsmmr_report_pass_set_domain(pass, words, f)
	for result >= 0 {
		result = C.tsmmr_report_pass_next(pass, nil, nil, nil, f)
		if result == 0 {
			return records, nil
		}
		var p *C.uint8_t
		var size C.size_t
		if result > 0 {
			result = C.tsmmr_report_pass_event_json(pass, &p, &size, f)
		}
		if result >= 0 {
			records = append(records, owned(p, size))
		}
	}
	return nil, f.of(result)
}

// Summary is one line for a person.
func (r *Report) Summary() string {
	defer runtime.KeepAlive(r)
	return written(func(p *C.char, n C.size_t) C.int { return C.tsmmr_report_summary(r.p, p, n) })
}

// Explain gives a paragraph for each register that does not match, "" for the others.
func (r *Report) Explain(c *Context) ([]string, error) {
	var p *C.struct_tsmmr_explain
	f := newFailure()
	array, n := r.array()
	result := C.tsmmr_explain_new(c.p, r.p, array, n, nil, &p, f)
	runtime.KeepAlive(c)
	if result < 0 {
		return nil, f.of(result)
	}
	defer C.tsmmr_explain_free(p)
	texts := make([]string, C.tsmmr_report_count(r.p))
	for i := range texts {
		texts[i] = C.GoString(C.tsmmr_explain_text(p, C.size_t(i)))
	}
	runtime.KeepAlive(r)
	return texts, nil
}

// JSON is `tsmmr.verify/1`, with the events of its logs if asked for.
func (r *Report) JSON(events bool) ([]byte, error) {
	var p *C.uint8_t
	var size C.size_t
	f := newFailure()
	array, n := r.array()
	if !events {
		array, n = nil, 0
	}
	result := C.tsmmr_report_export_verify_json(r.p, nil, array, n, &p, &size, f)
	runtime.KeepAlive(r)
	if result < 0 {
		return nil, f.of(result)
	}
	return owned(p, size), nil
}

// Close frees it.
func (r *Report) Close() { C.tsmmr_report_free(r.p); r.p = nil }

// Tree is the registers of this machine, to be extended, by any number of goroutines.
type Tree struct{ p *C.struct_tsmmr_tree }

// OpenTree finds the registers.
func OpenTree(c *Context) (*Tree, error) {
	f, t := newFailure(), &Tree{}
	r := C.tsmmr_tree_open(c.p, &t.p, f)
	runtime.KeepAlive(c)
	if r < 0 {
		return nil, f.of(r)
	}
	runtime.SetFinalizer(t, (*Tree).Close)
	return t, nil
}

// Append extends a register with a record and logs it: both or neither.  once: not if the log
// of this boot has it.
func (t *Tree) Append(reg, record string, once bool) error {
	f := newFailure()
	var flags C.uint32_t
	if once {
		flags = C.TSMMR_APPEND_ONCE
	}
	p, n := pointer([]byte(record))
	r := with(reg, func(s *C.char) C.int {
		return C.tsmmr_tree_append(t.p, s, p, n, flags, nil, f)
	})
	runtime.KeepAlive(t)
	return f.of(r)
}

// Settle says what became of an append that failed with ErrInDoubt (TSMMR_SETTLED_*).
func (t *Tree) Settle(reg string) (int, error) {
	var outcome C.int
	f := newFailure()
	r := with(reg, func(s *C.char) C.int { return C.tsmmr_tree_settle(t.p, s, &outcome, f) })
	runtime.KeepAlive(t)
	return int(outcome), f.of(r)
}

// Lock locks a register: no more is taken until the machine ends (Nitro).
func (t *Tree) Lock(reg string) error {
	f := newFailure()
	r := with(reg, func(s *C.char) C.int { return C.tsmmr_tree_lock(t.p, s, f) })
	runtime.KeepAlive(t)
	return f.of(r)
}

// Extend extends a register without a record.
func (t *Tree) Extend(reg string, digest []byte) error {
	f := newFailure()
	p, n := pointer(digest)
	r := with(reg, func(s *C.char) C.int { return C.tsmmr_tree_extend(t.p, s, p, n, f) })
	runtime.KeepAlive(t)
	return f.of(r)
}

// Attest gives fresh evidence with a nonce, and the log up to it.
func (t *Tree) Attest(platform int, nonce []byte) (*Evidence, *Log, error) {
	var request *C.struct_tsmmr_attest
	var log *C.struct_tsmmr_log
	f, e := newFailure(), &Evidence{}
	r := C.tsmmr_attest_new(C.int(platform), &request, f)
	defer C.tsmmr_attest_free(request)
	if r == 0 {
		p, n := pointer(nonce)
		r = C.tsmmr_attest_set_nonce(request, p, n, f)
	}
	if r == 0 {
		r = C.tsmmr_tree_attest(t.p, request, &e.p, &log, f)
	}
	runtime.KeepAlive(t)
	if r < 0 {
		return nil, nil, f.of(r)
	}
	runtime.SetFinalizer(e, (*Evidence).Close)
	return e, newLog(log), nil
}

// Close frees it.
func (t *Tree) Close() { C.tsmmr_tree_free(t.p); t.p = nil }
