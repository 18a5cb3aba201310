// SPDX-License-Identifier: BSD-2-Clause

// go-eventlog LOG VALUES: verifies a TPM log against lines "pcrN:sha384=HEX" by go-eventlog.
package main

import (
	"bufio"
	"crypto"
	_ "crypto/sha512"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/google/go-eventlog/register"
	"github.com/google/go-eventlog/tcg"
)

func values(path string) ([]register.MR, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()

	var mrs []register.MR
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
		mrs = append(mrs, register.PCR{Index: index, Digest: digest, DigestAlg: crypto.SHA384})
	}
	return mrs, nil
}

func main() {
	log, err := os.ReadFile(os.Args[1])
	if err == nil {
		var mrs []register.MR
		if mrs, err = values(os.Args[2]); err == nil {
			_, err = tcg.ParseAndReplay(log, mrs, tcg.ParseOpts{})
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
