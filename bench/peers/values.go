// SPDX-License-Identifier: BSD-2-Clause

// What the Go programs share: each is built with this file beside it.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
)

// values calls add for each line "pcrN:sha384=HEX" of a file.
func values(path string, add func(index int, digest []byte)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()

	for lines := bufio.NewScanner(file); lines.Scan(); {
		var index int
		var text string
		if _, err := fmt.Sscanf(lines.Text(), "pcr%d:sha384=%s", &index, &text); err != nil {
			return fmt.Errorf("%q: %v", lines.Text(), err)
		}
		digest, err := hex.DecodeString(text)
		if err != nil {
			return err
		}
		add(index, digest)
	}
	return nil
}

// run verifies the log that the first argument names against the values that the second does.
func run(add func(index int, digest []byte), verify func(log []byte) error) {
	log, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = values(os.Args[2], add)
	}
	if err == nil {
		err = verify(log)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
