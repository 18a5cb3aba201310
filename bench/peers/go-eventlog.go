// SPDX-License-Identifier: BSD-2-Clause

// go-eventlog LOG VALUES: verifies a TPM log against lines "pcrN:sha384=HEX" by go-eventlog.
package main

import (
	"crypto"
	_ "crypto/sha512"

	"github.com/google/go-eventlog/register"
	"github.com/google/go-eventlog/tcg"
)

func main() {
	var mrs []register.MR

	run(func(index int, digest []byte) {
		mrs = append(mrs, register.PCR{Index: index, Digest: digest, DigestAlg: crypto.SHA384})
	}, func(log []byte) error {
		_, err := tcg.ParseAndReplay(log, mrs, tcg.ParseOpts{})
		return err
	})
}
