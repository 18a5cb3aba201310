// SPDX-License-Identifier: BSD-2-Clause

package tsmmr

// #include <stdlib.h>
// #include <tsmmr/tsmmr.h>
import "C"

import (
	"os"
	"runtime"
	"unsafe"
)

// Kinds of lists, and what may be added to one: Denied, AnyOrder.
const (
	KnownSums    = int(C.TSMMR_KNOWN_SUMS)
	KnownRules   = int(C.TSMMR_KNOWN_RULES)
	KnownPcrlock = int(C.TSMMR_KNOWN_PCRLOCK)
	KnownKeylime = int(C.TSMMR_KNOWN_KEYLIME)
	Denied       = int(C.TSMMR_LIST_DENIED)
	AnyOrder     = int(C.TSMMR_LIST_ANY_ORDER)
)

// KnownValues are what records may be, and what they must not be.  One goroutine adds to them;
// they are final once an appraisal was made with them, and any number may use them then.
type KnownValues struct{ p *C.struct_tsmmr_known }

// NewKnownValues makes a set in which nothing is yet.
func NewKnownValues(c *Context) (*KnownValues, error) {
	f, k := newFailure(), &KnownValues{}
	r := C.tsmmr_known_new(c.p, &k.p, f)
	runtime.KeepAlive(c)
	if r < 0 {
		return nil, f.of(r)
	}
	runtime.SetFinalizer(k, (*KnownValues).Close)
	return k, nil
}

// Add a list of a kind, of a register ("" where it says that itself); name is what appraisals call
// it.
func (k *KnownValues) Add(kind int, register, name string, list []byte) error {
	f := newFailure()
	p, n := pointer(list)
	defer runtime.KeepAlive(k)
	return f.of(with(register, func(reg *C.char) C.int {
		return with(name, func(name *C.char) C.int {
			return C.tsmmr_known_add(k.p, C.int(kind), reg, name, p, n, f)
		})
	}))
}

// AddImage adds a file, by what it is measured as in its role: "pe", "uki", "initrd" …  flags may
// be Denied.
func (k *KnownValues) AddImage(flags int, role, name string, file *os.File) error {
	f := newFailure()
	defer runtime.KeepAlive(k)
	return f.of(with(role, func(role *C.char) C.int {
		return with(name, func(name *C.char) C.int {
			return C.tsmmr_known_add_image_fd(k.p, C.int(flags), role, name, C.int(file.Fd()), f)
		})
	}))
}

// AddLogs adds the logs of a report that is Verified.
func (k *KnownValues) AddLogs(flags int, name string, r *Report) error {
	f := newFailure()
	array, n := r.array()
	defer runtime.KeepAlive(k)
	defer runtime.KeepAlive(r)
	return f.of(with(name, func(name *C.char) C.int {
		return C.tsmmr_known_add_logs(k.p, C.int(flags), name, r.p, array, n, f)
	}))
}

// AddUnverifiedLog adds a log that nobody vouches for but the caller.
func (k *KnownValues) AddUnverifiedLog(flags int, name string, s *Stream) error {
	f := newFailure()
	defer runtime.KeepAlive(k)
	defer runtime.KeepAlive(s)
	return f.of(with(name, func(name *C.char) C.int {
		return C.tsmmr_known_add_stream(k.p, C.int(flags), name, s.p, f)
	}))
}

// Len is how many digests there are, without those of sequences.
func (k *KnownValues) Len() int { defer runtime.KeepAlive(k); return int(C.tsmmr_known_count(k.p)) }

// Close frees it; appraisals keep what they need.
func (k *KnownValues) Close() { C.tsmmr_known_free(k.p); k.p = nil }

// Appraised is the verdict of an appraisal.  Only AppraisedYes is a yes.
type Appraised int

// The verdicts.
const (
	AppraisedNone       = Appraised(C.TSMMR_APPRAISED_NONE)
	AppraisedYes        = Appraised(C.TSMMR_APPRAISED_YES)
	AppraisedIncomplete = Appraised(C.TSMMR_APPRAISED_INCOMPLETE)
	AppraisedDenied     = Appraised(C.TSMMR_APPRAISED_DENIED)
)

// What a record is, for Count.
const (
	RecordKnown   = int(C.TSMMR_RECORD_KNOWN)
	RecordUnknown = int(C.TSMMR_RECORD_UNKNOWN)
	RecordDenied  = int(C.TSMMR_RECORD_DENIED)
)

// Appraisal is a report's logs compared with known values.
type Appraisal struct {
	p      *C.struct_tsmmr_appraisal
	report *Report
}

// NewAppraisal compares the logs of a report with known values.
func NewAppraisal(r *Report, k *KnownValues) (*Appraisal, error) {
	f, a := newFailure(), &Appraisal{report: r}
	array, n := r.array()
	result := C.tsmmr_appraisal_new(r.p, k.p, array, n, &a.p, f)
	runtime.KeepAlive(r)
	runtime.KeepAlive(k)
	if result < 0 {
		return nil, f.of(result)
	}
	runtime.SetFinalizer(a, (*Appraisal).Close)
	return a, nil
}

// Verdict is AppraisedNone after Close.
func (a *Appraisal) Verdict() Appraised {
	defer runtime.KeepAlive(a)
	return Appraised(C.tsmmr_appraisal_verdict(a.p))
}

// Because says in words why it is not AppraisedYes.
func (a *Appraisal) Because() (words []string) {
	defer runtime.KeepAlive(a)
	for {
		word := C.tsmmr_appraisal_because(a.p, C.size_t(len(words)), nil, nil)
		if word == nil {
			return words
		}
		words = append(words, C.GoString(word))
	}
}

// Lacking is what lists demand and the logs lack.
func (a *Appraisal) Lacking() (sentences []string) {
	defer runtime.KeepAlive(a)
	for {
		text := C.tsmmr_appraisal_lack(a.p, C.size_t(len(sentences)), nil)
		if text == nil {
			return sentences
		}
		sentences = append(sentences, C.GoString(text))
	}
}

// Launch says who says which firmware it is: "pinned", "unknown" …
func (a *Appraisal) Launch() string {
	defer runtime.KeepAlive(a)
	return C.GoString(C.tsmmr_appraisal_launch(a.p))
}

// Summary is one line for a person.
func (a *Appraisal) Summary() string {
	defer runtime.KeepAlive(a)
	return written(func(p *C.char, n C.size_t) C.int { return C.tsmmr_appraisal_summary(a.p, p, n) })
}

// Count is how many records of row i of the report are so: RecordKnown …
func (a *Appraisal) Count(i, record int) uint64 {
	defer runtime.KeepAlive(a)
	return uint64(C.tsmmr_appraisal_count(a.p, C.size_t(i), C.int(record)))
}

// Text is a paragraph on what is unknown in row i of the report; "" where nothing is.
func (a *Appraisal) Text(i int) string {
	defer runtime.KeepAlive(a)
	return written(func(p *C.char, n C.size_t) C.int {
		return C.tsmmr_appraisal_text(a.p, C.size_t(i), p, n)
	})
}

// again goes over the records once more; what take says ends it where it is no success.
func (a *Appraisal) again(c *Context, take func(*C.struct_tsmmr_appraisal_pass, C.int, *failure) C.int) error {
	f, logs := newFailure(), a.report.logs
	streams := make([]*C.struct_tsmmr_stream, len(logs)+1)
	defer runtime.KeepAlive(a)
	for i, log := range logs {
		result := C.tsmmr_stream_open_log(c.p, log.p, &streams[i], f)
		runtime.KeepAlive(c)
		if result < 0 {
			return f.of(result)
		}
		defer C.tsmmr_stream_free(streams[i])
	}
	var pass *C.struct_tsmmr_appraisal_pass
	result := C.tsmmr_appraisal_pass_new(a.p, &streams[0], C.size_t(len(logs)), &pass, f)
	if result < 0 {
		return f.of(result)
	}
	defer C.tsmmr_appraisal_pass_free(pass)
	for {
		var record C.int
		result = C.tsmmr_appraisal_pass_next(pass, nil, nil, &record, f)
		if result > 0 {
			result = take(pass, record, f)
		} else {
			return f.of(result)
		}
		if result < 0 {
			return f.of(result)
		}
	}
}

// Unknown is lines of a list of KnownSums that would make known what is not: to be read first.
func (a *Appraisal) Unknown(c *Context) (lines []string, err error) {
	err = a.again(c, func(pass *C.struct_tsmmr_appraisal_pass, record C.int, f *failure) C.int {
		var p *C.uint8_t
		var n C.size_t
		if record != C.TSMMR_RECORD_UNKNOWN {
			return 0
		}
		result := C.tsmmr_appraisal_pass_line(pass, &p, &n, f)
		if result >= 0 {
			lines = append(lines, string(owned(p, n)))
		}
		return result
	})
	return lines, err
}

// Events are all of them, as in "events" of `tsmmr.appraisal/1`.
func (a *Appraisal) Events(c *Context) (events [][]byte, err error) {
	err = a.again(c, func(pass *C.struct_tsmmr_appraisal_pass, _ C.int, f *failure) C.int {
		var p *C.uint8_t
		var n C.size_t
		result := C.tsmmr_appraisal_pass_event_json(pass, &p, &n, f)
		if result >= 0 {
			events = append(events, owned(p, n))
		}
		return result
	})
	return events, err
}

// JSON is `tsmmr.appraisal/1`, without events.
func (a *Appraisal) JSON() ([]byte, error) {
	var p *C.uint8_t
	var n C.size_t
	f := newFailure()
	defer runtime.KeepAlive(a)
	if result := C.tsmmr_appraisal_export_json(a.p, &p, &n, f); result < 0 {
		return nil, f.of(result)
	}
	return owned(p, n), nil
}

// Close frees it.
func (a *Appraisal) Close() { C.tsmmr_appraisal_free(a.p); a.p = nil }

// Prediction is what registers will hold once something that logs measure is replaced: say what,
// then run it.  It belongs to one goroutine until then.
type Prediction struct{ p *C.struct_tsmmr_prediction }

func newPrediction(p *C.struct_tsmmr_prediction) *Prediction {
	made := &Prediction{p}
	runtime.SetFinalizer(made, (*Prediction).Close)
	return made
}

// NewPrediction follows logs; a report of them (or nil) says which registers they explain.
func NewPrediction(c *Context, logs []*Log, report *Report) (*Prediction, error) {
	var p *C.struct_tsmmr_prediction
	var vouched *C.struct_tsmmr_report
	f := newFailure()
	if report != nil {
		vouched = report.p
	}
	array, n := (&Report{logs: logs}).array()
	r := C.tsmmr_prediction_new(c.p, array, n, vouched, &p, f)
	runtime.KeepAlive(c)
	runtime.KeepAlive(logs)
	runtime.KeepAlive(report)
	if r < 0 {
		return nil, f.of(r)
	}
	return newPrediction(p), nil
}

// PredictUKI follows a unified kernel image alone, to PCR 11.
func PredictUKI(c *Context, file *os.File, profile uint32, phases string) (*Prediction, error) {
	var p *C.struct_tsmmr_prediction
	f := newFailure()
	r := with(phases, func(s *C.char) C.int {
		return C.tsmmr_prediction_new_uki_fd(c.p, C.int(file.Fd()), C.uint32_t(profile), s, &p, f)
	})
	runtime.KeepAlive(c)
	if r < 0 {
		return nil, f.of(r)
	}
	return newPrediction(p), nil
}

// Replace a file by another, in a role ("": as they are, and as PE images).
func (d *Prediction) Replace(role string, before, after *os.File) error {
	f := newFailure()
	defer runtime.KeepAlive(d)
	what := C.CString(before.Name())
	defer C.free(unsafe.Pointer(what))
	return f.of(with(role, func(s *C.char) C.int {
		return C.tsmmr_prediction_replace_fd(d.p, s, C.int(before.Fd()), C.int(after.Fd()), what, f)
	}))
}

// ReplaceText replaces a text wherever digests cover it, in a register or ("") in any.
func (d *Prediction) ReplaceText(register, before, after string) error {
	f := newFailure()
	defer runtime.KeepAlive(d)
	text := C.CString(after)
	defer C.free(unsafe.Pointer(text))
	return f.of(with(register, func(reg *C.char) C.int {
		return with(before, func(old *C.char) C.int {
			return C.tsmmr_prediction_replace_text(d.p, reg, old, text, f)
		})
	}))
}

// Drop leaves out a record of log number log.
func (d *Prediction) Drop(log, record uint64) error {
	f := newFailure()
	defer runtime.KeepAlive(d)
	return f.of(C.tsmmr_prediction_drop(d.p, C.uint64_t(log), C.uint64_t(record), f))
}

// Run it; it never changes afterwards.
func (d *Prediction) Run() error {
	f := newFailure()
	defer runtime.KeepAlive(d)
	return f.of(C.tsmmr_prediction_run(d.p, f))
}

// Predicted is what a register will hold in one bank.
type Predicted struct {
	Name                       string
	Hash                       int
	Value                      []byte
	Changed, Vouched, Followed bool
}

// Registers with a value; none before it was run.
func (d *Prediction) Registers() (all []Predicted) {
	defer runtime.KeepAlive(d)
	report := C.tsmmr_prediction_report(d.p)
	for i := C.size_t(0); report != nil && i < C.tsmmr_report_count(report); i++ {
		var p *C.uint8_t
		var n C.size_t
		if C.tsmmr_report_replayed(report, i, &p, &n) < 0 {
			continue
		}
		all = append(all, Predicted{C.GoString(C.tsmmr_report_name(report, i)),
			int(C.tsmmr_reg_hash(C.tsmmr_report_reg(report, i))), lent(p, n),
			C.tsmmr_prediction_is_changed(d.p, i) == 1,
			C.tsmmr_prediction_is_vouched(d.p, i) == 1,
			C.tsmmr_prediction_is_followed(d.p, i) == 1})
	}
	return all
}

// Note is what could not be followed, and where (None: nowhere).
type Note struct {
	Text        string
	Log, Record uint64
}

// Notes on what could not be followed.
func (d *Prediction) Notes() (notes []Note) {
	defer runtime.KeepAlive(d)
	for {
		var log, record C.uint64_t
		text := C.tsmmr_prediction_note(d.p, C.size_t(len(notes)), &log, &record)
		if text == nil {
			return notes
		}
		notes = append(notes, Note{C.GoString(text), uint64(log), uint64(record)})
	}
}

// JSON is `tsmmr.prediction/1`.
func (d *Prediction) JSON() ([]byte, error) {
	var p *C.uint8_t
	var n C.size_t
	f := newFailure()
	defer runtime.KeepAlive(d)
	if result := C.tsmmr_prediction_export_json(d.p, &p, &n, f); result < 0 {
		return nil, f.of(result)
	}
	return owned(p, n), nil
}

// Close frees it.
func (d *Prediction) Close() { C.tsmmr_prediction_free(d.p); d.p = nil }
