// SPDX-License-Identifier: BSD-2-Clause

package tsmmr

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const when = 1767225600 // 2026-01-01, when the TEST certificates are valid

func twin(t *testing.T, name string) []byte {
	data, err := os.ReadFile(filepath.Join(os.Getenv("TSMMR_TWIN"), name))
	if err != nil {
		t.Skip("no TSMMR_TWIN")
	}
	return data
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func context(t *testing.T) *Context {
	c, err := NewContext(Time(when), TrustRoot(twin(t, "root.pem")))
	must(t, err)
	return c
}

func verify(t *testing.T, c *Context, ccel []byte) *Report {
	e, err := NewEvidence(c, Part{0, twin(t, "quote-v4.bin")})
	must(t, err)
	g, err := RegistersOf(c, e)
	must(t, err)
	log, err := ParseLog(c, ccel, Known{})
	must(t, err)
	o, err := NewPolicy(c, "require rtmr0-2\n")
	must(t, err)
	must(t, o.SetNoNonce())
	r, err := NewReport(c, []*Log{log}, g, o)
	must(t, err)
	return r
}

func TestClaims(t *testing.T) {
	c := context(t)
	e, err := NewEvidence(c, Part{0, twin(t, "quote-v4.bin")})
	must(t, err)
	g, err := RegistersOf(c, e)
	must(t, err)
	claims := g.Claims(0)
	if claims["td_attributes"] != uint64(1<<28) || len(claims["report_data"].([]byte)) != 64 ||
		len(claims["tee_tcb_svn"].([]byte)) != 16 || len(g.Claims(1)) != 0 {
		t.Fatal(claims)
	}
}

func TestVerified(t *testing.T) {
	r := verify(t, context(t), twin(t, "CCEL.data"))
	if r.Verdict() != Verified || !strings.HasPrefix(r.Summary(), "verified: rtmr0 rtmr1 rtmr2") {
		t.Fatal(r.Verdict(), r.Summary())
	}
	if len(r.Believed()) < 10 || len(r.Because()) != 0 || len(r.Rows()) < 4 {
		t.Fatal(r.Believed(), r.Because(), r.Rows())
	}
	if none, err := r.Domain(context(t), "nobody"); err != nil || len(none) != 0 {
		t.Fatal(none, err)
	}
	if _, err := r.Domain(context(t), " "); err == nil {
		t.Fatal("a blank is no domain")
	}
	if text, err := r.JSON(true); err != nil || !strings.Contains(string(text), `"verified"`) {
		t.Fatal(string(text), err)
	}
}

func TestMismatch(t *testing.T) {
	c, ccel := context(t), twin(t, "CCEL.data")
	ccel[200] ^= 1
	r := verify(t, c, ccel)
	why, err := r.Explain(c)
	if r.Verdict() != Mismatch || err != nil || why[0]+why[1]+why[2] == "" {
		t.Fatal(r.Verdict(), why, err)
	}
}

func TestRootOfOneMachine(t *testing.T) {
	c, err := NewContext()
	must(t, err)
	e, err := NewEvidence(c, Part{0, twin(t, "quote-v4.bin")})
	must(t, err)
	must(t, e.TrustRoot(twin(t, "../cose/nitro-root.pem")))
	must(t, e.SetTime(when))
	if _, err = RegistersOf(c, e); !errors.Is(err, ErrUntrusted) {
		t.Fatal(err)
	}
	must(t, e.TrustRoot(twin(t, "root.pem")))
	_, err = RegistersOf(c, e)
	must(t, err)
}

func TestErrors(t *testing.T) {
	c := context(t)
	quote := twin(t, "quote-v4.bin")
	quote[100] ^= 1
	e, err := NewEvidence(c, Part{0, quote})
	must(t, err)
	if _, err = RegistersOf(c, e); !errors.Is(err, ErrUntrusted) || errors.Is(err, ErrArg) {
		t.Fatal(err)
	}
	_, err = ParseLog(c, twin(t, "CCEL.data")[:700], Known{})
	var failure *Error
	if !errors.Is(err, ErrTruncated) || !errors.As(err, &failure) || failure.Record == 0 ||
		failure.Record == None || failure.Offset >= 700 {
		t.Fatal(err, failure)
	}
	if _, err = NewPolicy(c, "require rtmr9\n"); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
}

func TestStream(t *testing.T) {
	c := context(t)
	file, err := os.Open(filepath.Join(os.Getenv("TSMMR_TWIN"), "CCEL.data"))
	if err != nil {
		t.Skip("no TSMMR_TWIN")
	}
	defer file.Close()
	s, err := OpenStream(c, file, Known{})
	must(t, err)
	n := uint64(0)
	for s.Next() {
		if s.Event().Record() != n {
			t.Fatal(n, s.Event().Record())
		}
		n++
	}
	if s.Err() != nil || n < 20 {
		t.Fatal(n, s.Err())
	}
}

func TestGoroutines(t *testing.T) {
	c, ccel := context(t), twin(t, "CCEL.data")
	shared := verify(t, c, ccel)
	var all sync.WaitGroup
	for i := 0; i < 8; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for k := 0; k < 5; k++ {
				if verify(t, c, ccel).Verdict() != Verified || shared.Verdict() != Verified ||
					len(shared.Believed()) < 10 {
					t.Error("not verified")
				}
			}
		}()
	}
	all.Wait()
}

func pages(t *testing.T) int {
	runtime.GC()
	text, err := os.ReadFile("/proc/self/statm")
	must(t, err)
	n, _ := strconv.Atoi(strings.Fields(string(text))[1])
	return n
}

func TestFlat(t *testing.T) {
	c, ccel := context(t), twin(t, "CCEL.data")
	before := 0
	for i := 0; i < 10000; i++ {
		log, err := ParseLog(c, ccel, Known{})
		must(t, err)
		for _, event := range []Event{log.Event(0), log.Event(log.Len() - 1)} {
			_, _, _ = event.Data(), event.Digest(HashSHA384), event.Text()
		}
		if i%2 == 0 { // The others are the collector's.
			log.Close()
		}
		if i%100 == 0 {
			runtime.GC()
		}
		if i == 2000 {
			before = pages(t)
		}
	}
	if grown := (pages(t) - before) * os.Getpagesize(); grown > 8<<20 {
		t.Fatal("grown by", grown)
	}
}

func TestCollateral(t *testing.T) {
	options := []Option{TrustRoot(twin(t, "root.pem")), Time(when)}
	for _, name := range []string{"tcb-info.json", "qe-identity.json", "pck.crl", "root.crl",
		"chain.pem"} {
		options = append(options, Collateral(twin(t, "../tdx-collateral/"+name)))
	}
	for grace, want := range map[uint64]Verdict{0: Incomplete, 365 * 86400: Verified} {
		c, err := NewContext(append(options, CollateralGrace(grace))...)
		must(t, err)
		if r := verify(t, c, twin(t, "CCEL.data")); r.Verdict() != want {
			t.Fatal(grace, r.Verdict())
		}
	}
	if _, err := NewContext(Collateral([]byte("{\"tcbInfo\":{}}"))); err == nil {
		t.Fatal("taken")
	}
}
