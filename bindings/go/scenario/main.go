// SPDX-License-Identifier: BSD-2-Clause

// An agent in a guest, and a verifier elsewhere: scenario ROOT ROOT-CERTIFICATE.
package main

import (
	"fmt"
	"os"

	"tsmmr"
)

var nonce = []byte("a nonce of the verifier")

// agent measures what it is about to do, then gives evidence, and the log that goes with it.
func agent(root string) (parts []tsmmr.Part, cel []byte, err error) {
	ctx, err := tsmmr.NewContext(tsmmr.Root(root))
	if err != nil {
		return nil, nil, err
	}
	tree, err := tsmmr.OpenTree(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err = tree.Append("app-runtime", "example.org/agent start 1", false); err != nil {
		return nil, nil, err
	}
	all, err := tsmmr.Collect(ctx, tsmmr.PlatformAuto)
	if err != nil {
		return nil, nil, err
	}
	fmt.Println("logged", all.Len(), "events")
	if err = tree.Lock("app-runtime"); err != nil { // AWS Nitro: or it is in no document
		return nil, nil, err
	}
	evidence, log, err := tree.Attest(tsmmr.PlatformAuto, nonce)
	if err != nil {
		return nil, nil, err
	}
	cel, err = log.Export(ctx, tsmmr.FormatCELCBOR)
	return evidence.Parts(), cel, err
}

// verifier says whether the log is true, and what of it may be believed.
func verifier(parts []tsmmr.Part, cel, pin []byte) (tsmmr.Verdict, error) {
	ctx, err := tsmmr.NewContext(tsmmr.TrustRoot(pin))
	if err != nil {
		return 0, err
	}
	evidence, err := tsmmr.NewEvidence(ctx, parts...)
	if err != nil {
		return 0, err
	}
	regs, err := tsmmr.RegistersOf(ctx, evidence)
	if err != nil {
		return 0, err
	}
	log, err := tsmmr.ParseLog(ctx, cel, tsmmr.Known{Platform: tsmmr.PlatformNitro})
	if err != nil {
		return 0, err
	}
	policy, err := tsmmr.NewPolicy(ctx, "require app-runtime\n")
	if err == nil {
		err = policy.SetNonce(nonce)
	}
	if err != nil {
		return 0, err
	}
	report, err := tsmmr.NewReport(ctx, []*tsmmr.Log{log}, regs, policy)
	if err != nil {
		return 0, err
	}
	for _, row := range report.Rows() {
		fmt.Println(row.Name, row.Events, row.Gaps)
	}
	for _, text := range report.Believed() {
		fmt.Println("believed:", text)
	}
	fmt.Println("module:", regs.Claims(0)["module_id"], report.Findings())
	if report.Verdict() != tsmmr.Verified {
		why, _ := report.Explain(ctx)
		fmt.Println(report.Because(), why)
	}
	fmt.Println(report.Summary())
	return report.Verdict(), nil
}

func main() {
	parts, cel, err := agent(os.Args[1])
	pin, _ := os.ReadFile(os.Args[2])
	verdict := tsmmr.NoVerdict
	if err == nil {
		verdict, err = verifier(parts, cel, pin)
	}
	if err != nil || verdict != tsmmr.Verified {
		fmt.Fprintln(os.Stderr, verdict, err)
		os.Exit(1)
	}
}
