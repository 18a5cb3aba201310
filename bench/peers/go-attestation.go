// SPDX-License-Identifier: BSD-2-Clause

// go-attestation LOG VALUES: verifies a TPM log against lines "pcrN:sha384=HEX" by go-attestation.
package main

import (
	"crypto"
	_ "crypto/sha512"

	"github.com/google/go-attestation/attest"
)

func main() {
	var pcrs []attest.PCR

	run(func(index int, digest []byte) {
		pcrs = append(pcrs, attest.PCR{Index: index, Digest: digest, DigestAlg: crypto.SHA384})
	}, func(log []byte) error {
		parsed, err := attest.ParseEventLog(log)
		if err == nil {
			_, err = parsed.Verify(pcrs)
		}
		return err
	})
}
