#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# peers.sh BENCH TOOL [RECORDS]: what other programs take for the same work on the same logs.
#
# Runs those that are installed: tpm2_eventlog (tpm2-tools), evmctl (ima-evm-utils),
# systemd-pcrlock, and the programs of peers/, each built (in Go with values.go) where the module is
# found that it is named after.  Each runs in turn with tsmmr-replay, five times; the least CPU time
# of each counts.  All must succeed, so each has found the log to match the values that it was given.
set -eu

bench=$1 tool=$2 records=${3-100000}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# pair WHAT GOAL PEER "OUR WORDS" "ITS COMMAND": nothing where there is no such program.
pair()
{
	command -v "$3" >/dev/null || return 0
	printf '%-46s %-14s %6s ' "$1" "$3" "$2"
	"$bench" --pair 5 "exec '$tool' $4" "exec $5"
}

# values HASH FILE: what the registers of a log hold, as --expect takes it.
values()
{
	"$tool" replay -q --alg "$1" "$2" >replayed
	sed 's/ *#.*//' replayed
}

# pcrs HASH-SIZE VALUE: PCR 10, and all others zero, as the kernel shows them.
pcrs()
{
	i=0
	while [ $i -lt 24 ]; do
		if [ $i -eq 10 ]; then
			printf 'PCR-%02d: %s\n' $i "$2"
		else
			printf 'PCR-%02d: %0*d\n' $i $((2 * $1)) 0
		fi
		i=$((i + 1))
	done
}

"$bench" --log tcg2-two --records "$records" >two.log
"$bench" --log ccel --records "$records" >ccel.log
"$bench" --log ima --records "$records" >ima.log
values sha384 two.log >sha384
{ values sha256 two.log; cat sha384; } >both
values sha384 ccel.log >rtmrs
values sha256 ima.log >ima-values
pcrs 32 "$(sed 's/.*=//' ima-values)" >ima-pcrs

printf '%s records; CPU time and peak memory, ours and the peer'\''s\n' "$records"
pair 'verify two banks, and the data of each event' 8x tpm2_eventlog \
	'verify -q two.log --expect @both' 'tpm2_eventlog two.log'
pair 'write YAML' - tpm2_eventlog 'export two.log --to tpm2-yaml' 'tpm2_eventlog two.log'
pair 'verify one bank of two' 6x go-eventlog \
	'verify -q two.log --expect @sha384' 'go-eventlog two.log sha384'
pair 'verify one bank of two' 5.5x go-attestation \
	'verify -q two.log --expect @sha384' 'go-attestation two.log sha384'
pair 'verify a CCEL' 12x eventlog-rs \
	'verify -q ccel.log --expect @rtmrs' 'eventlog-rs ccel.log rtmrs'
pair 'verify an IMA list, SHA-256' - evmctl \
	'verify -q --format ima ima.log --expect @ima-values' \
	'evmctl ima_measurement --pcrs sha256,ima-pcrs ima.log'
pair 'write CEL-JSON' 50x systemd-pcrlock 'export two.log --to cel-json' \
	'env SYSTEMD_MEASURE_LOG_FIRMWARE=two.log systemd-pcrlock cel'
