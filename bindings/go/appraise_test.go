// SPDX-License-Identifier: BSD-2-Clause

package tsmmr

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func pinned(t *testing.T, c *Context) *Report {
	e, err := NewEvidence(c, Part{0, twin(t, "quote-v4.bin")})
	must(t, err)
	g, err := RegistersOf(c, e)
	must(t, err)
	log, err := ParseLog(c, twin(t, "CCEL.data"), Known{})
	must(t, err)
	o, err := NewPolicy(c, "require rtmr0-2\nexpect mrtd="+strings.Repeat("14", 48)+"\n")
	must(t, err)
	must(t, o.SetNoNonce())
	r, err := NewReport(c, []*Log{log}, g, o)
	must(t, err)
	return r
}

func appraise(t *testing.T, c *Context, r *Report, kind int, lines []string) *Appraisal {
	k, err := NewKnownValues(c)
	must(t, err)
	if len(lines) > 0 {
		must(t, k.Add(kind, "", "mine", []byte(strings.Join(lines, "\n"))))
	}
	a, err := NewAppraisal(r, k)
	must(t, err)
	if err = k.Add(kind, "", "", []byte("x")); !errors.Is(err, ErrArg) {
		t.Fatal("not final", err)
	}
	k.Close() // held by what uses it
	return a
}

func TestAppraised(t *testing.T) {
	c := context(t)
	r := pinned(t, c)
	a := appraise(t, c, r, KnownSums, nil)
	lines, err := a.Unknown(c)
	must(t, err)
	var n uint64
	var text string
	for i := range r.Rows() {
		n += a.Count(i, RecordUnknown)
		text += a.Text(i)
	}
	if a.Verdict() != AppraisedIncomplete || len(lines) == 0 || n != uint64(len(lines)) ||
		!strings.Contains(text, "not known") || a.Launch() != "pinned" || a.Because()[0] != "unknown" {
		t.Fatal(a.Verdict(), n, len(lines), text, a.Launch(), a.Because())
	}
	a = appraise(t, c, r, KnownSums, lines)
	if a.Verdict() != AppraisedYes || len(a.Because()) != 0 || len(a.Lacking()) != 0 ||
		!strings.HasPrefix(a.Summary(), "appraised") {
		t.Fatal(a.Verdict(), a.Because(), a.Summary())
	}
	events, err := a.Events(c)
	must(t, err)
	if bytes.Count(bytes.Join(events, nil), []byte(`"mine"`)) != len(lines) {
		t.Fatal(len(events))
	}
	if text, err := a.JSON(); err != nil || !bytes.Contains(text, []byte(`"appraised"`)) {
		t.Fatal(string(text), err)
	}
	if a = appraise(t, c, r, KnownSums, lines[1:]); a.Verdict() != AppraisedIncomplete {
		t.Fatal(a.Verdict())
	}
	if a = appraise(t, c, r, KnownSums|Denied, lines[:1]); a.Verdict() != AppraisedDenied {
		t.Fatal(a.Verdict())
	}
}

func TestAppraisedByLogs(t *testing.T) {
	c := context(t)
	r := pinned(t, c)
	k, err := NewKnownValues(c)
	must(t, err)
	must(t, k.AddLogs(0, "last boot", r))
	must(t, k.Add(KnownRules, "", "rules", []byte("rtmr2 * nothing require\n")))
	a, err := NewAppraisal(r, k)
	must(t, err)
	if a.Verdict() != AppraisedIncomplete || len(a.Lacking()) != 1 || k.Len() != 0 {
		t.Fatal(a.Verdict(), a.Lacking(), k.Len())
	}
}

func TestImages(t *testing.T) {
	c := context(t)
	file, err := os.Open(filepath.Join(os.Getenv("TSMMR_TWIN"), "root.pem"))
	must(t, err)
	defer file.Close()
	k, err := NewKnownValues(c)
	must(t, err)
	must(t, k.AddImage(0, "initrd", "", file))
	if err = k.AddImage(0, "uki", "", file); !errors.Is(err, ErrFormat) {
		t.Fatal(err)
	}
	if _, err = PredictUKI(c, file, 0, ""); !errors.Is(err, ErrFormat) {
		t.Fatal(err)
	}
}

func TestPredicted(t *testing.T) {
	c := context(t)
	r := pinned(t, c)
	d, err := NewPrediction(c, r.logs, r)
	must(t, err)
	if len(d.Registers()) != 0 {
		t.Fatal("before it was run")
	}
	must(t, d.Drop(0, 24))
	must(t, d.Run())
	for _, one := range d.Registers() {
		if one.Changed != (one.Name == "rtmr1") || !one.Vouched || !one.Followed ||
			one.Hash != HashSHA384 || len(one.Value) != 48 {
			t.Fatal(one)
		}
	}
	text, err := d.JSON()
	if err != nil || len(d.Registers()) != 3 || len(d.Notes()) != 0 ||
		!bytes.Contains(text, []byte("tsmmr.prediction/1")) {
		t.Fatal(err, d.Registers(), d.Notes())
	}
	if err = d.Drop(0, 1); !errors.Is(err, ErrArg) {
		t.Fatal(err)
	}
	d, err = NewPrediction(c, r.logs, nil)
	must(t, err)
	must(t, d.ReplaceText("", "nowhere", "x"))
	if err = d.Run(); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(os.Getenv("TSMMR_TWIN"), "root.pem"))
	must(t, err)
	defer file.Close()
	if err = d.Replace("kernels", file, file); !errors.Is(err, ErrArg) {
		t.Fatal(err)
	}
}
