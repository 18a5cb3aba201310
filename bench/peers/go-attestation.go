// SPDX-License-Identifier: BSD-2-Clause

// go-attestation LOG VALUES: verifies a TPM log against lines "pcrN:sha384=HEX" by go-attestation.
package main

import (
	"bufio"
	"crypto"
	_ "crypto/sha512"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/google/go-attestation/attest"
)

func values(path string) ([]attest.PCR, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()

	var pcrs []attest.PCR
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var index int
		var text string
		if _, err := fmt.Sscanf(lines.Text(), "pcr%d:sha384=%s", &index, &text); err != nil {
			return nil, fmt.Errorf("%q: %v", lines.Text(), err)
		}
		digest, err := hex.DecodeString(text)
		if err != nil {
			return nil, err
		}
		pcrs = append(pcrs, attest.PCR{Index: index, Digest: digest, DigestAlg: crypto.SHA384})
	}
	return pcrs, nil
}

func main() {
	log, err := os.ReadFile(os.Args[1])
	if err == nil {
		var pcrs []attest.PCR
		if pcrs, err = values(os.Args[2]); err == nil {
			var parsed *attest.EventLog
			if parsed, err = attest.ParseEventLog(log); err == nil {
				_, err = parsed.Verify(pcrs)
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
