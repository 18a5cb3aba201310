#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Intel's real word on real platforms: quotes with the collateral that was served for them.

    collateral.py TOOL CORPUS [STEP]

Each pair gives the status, the dates and the advisories of expected.tsv at its time; and with one
byte of what is signed changed, each STEP bytes, it is refused.  Skipped (77) without the corpus.
"""
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile

SKIP = 77
# Pairs of which dcap-qvl says an error: no level reaches the first two of TEE_TCB_SVN, which are the
# module's own where it has a version.  (Quote Verification Library, tdxEvaluateTCB)
OTHERS_SAY = {"teepot-az-0080": ("error: no matching level", "OutOfDate")}

problems = []


class Pair:
    def __init__(self, tool, folder, row):
        self.tool, self.folder, self.row, self.name = tool, folder, row, row["pair"]
        self.files = {key: folder / f"{self.name}.{key}" for key in
                      ("tcb_info.json", "qe_identity.json", "pck_crl.der", "root_crl.der",
                       "chain.pem")}

    def run(self, instead=None):
        """instead: {which of the files: another in its place}"""
        files = {} if isinstance(instead, pathlib.Path) else self.files | (instead or {})
        paths = [instead] if isinstance(instead, pathlib.Path) else files.values()
        given = [word for path in paths for word in ("--collateral", path)]
        return subprocess.run(
            [self.tool, "registers", "--json", "--evidence", self.folder / f"{self.name}.quote.bin",
             "--trust-root", "intel-sgx", "--time", self.row["evaluated_at"], "--allow-debug",
             *given], capture_output=True, text=True, timeout=60, check=False)

    def bundle(self):
        """The same as dcap-qvl keeps it: the text that is signed, and the signature."""
        made = {}
        for key, file in (("tcb_info", "tcb_info.json"), ("qe_identity", "qe_identity.json")):
            data = self.files[file].read_bytes()
            made[key] = data[signed_bytes(self.files[file])[0]:
                             signed_bytes(self.files[file])[-1] + 1].decode()
            made[f"{key}_signature"] = json.loads(data)["signature"]
            made[f"{key}_issuer_chain"] = self.files["chain.pem"].read_text()
        for key in ("pck_crl", "root_ca_crl"):
            made[key] = self.files[f"{key.replace('_ca', '')}.der"].read_bytes().hex()
        return json.dumps(made)

    def check(self, bundle=None):
        row, done = self.row, self.run(bundle)
        if done.returncode:
            problems.append(f"{self.name}: exit {done.returncode}: {done.stderr.strip()}")
            return
        evidence = json.loads(done.stdout)["evidence"][0]
        claims, late = evidence["claims"], row["overall"] == "refuse(freshness)"
        wanted = {
            "tcb_status": row["overall"],
            "tcb_platform_status": row["platform"],
            "tcb_module_status": row["tdx_module"],
            "tcb_qe_status": row["qe"],
            "tcb_date": row["min_tcb_date"],
            "tcb_evaluation": min(map(int, row["eval_numbers(tcb/qe)"].split("/"))),
        }
        for key, value in wanted.items():
            value = None if late or value == "-" else value
            if claims.get(key) != value:
                problems.append(f"{self.name}: {key} {claims.get(key)}, not {value}")
        said = {one for one in claims.get("tcb_advisories", "").split(",") if one}
        if not late and said != {one for one in row["advisories"].split(",") if one}:
            problems.append(f"{self.name}: advisories {said}")
        if late == (not {"tcb-status", "revocation"} & set(evidence["not_checked"])):
            problems.append(f"{self.name}: not checked: {evidence['not_checked']}")

    def spoil(self, key, offset, scratch):
        """Is it noticed that a byte is another?  Of JSON within what is signed."""
        data = bytearray(self.files[key].read_bytes())
        data[offset] ^= 1
        path = scratch / f"{self.name}.{offset}.{key}"
        path.write_bytes(data)
        done = self.run({key: path})
        path.unlink()
        if done.returncode == 0:
            problems.append(f"{self.name}: {key} with another byte at {offset} is taken")


def signed_bytes(path):
    data = path.read_bytes()
    if path.suffix == ".json":
        start = re.search(rb'"(tcbInfo|enclaveIdentity)"\s*:\s*', data).end()
        return range(start, data.rindex(b'"signature"') - 1)
    return range(len(data))


def main():
    tool, folder = sys.argv[1], pathlib.Path(sys.argv[2]) / "collateral"
    step = int(sys.argv[3]) if len(sys.argv) > 3 else 997
    if not (folder / "expected.tsv").is_file():
        sys.exit(SKIP)
    with open(folder / "expected.tsv", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t")
                if "-sgx-" not in row["pair"]]
    spoiled = 0
    with tempfile.TemporaryDirectory() as scratch:
        for row in rows:
            pair = Pair(tool, folder, row)
            pair.check()
            path = pathlib.Path(scratch) / "bundle.json"
            path.write_text(pair.bundle())
            pair.check(path)
            others, ours = OTHERS_SAY.get(pair.name, (None, None))
            if others and (row["dcapqvl_rule_result"], row["overall"]) != (others, ours):
                problems.append(f"{pair.name}: others no longer say “{others}”")
            if row["overall"] == "refuse(freshness)":
                continue
            for key in ("tcb_info.json", "qe_identity.json", "pck_crl.der", "root_crl.der"):
                for offset in signed_bytes(pair.files[key])[::step]:
                    pair.spoil(key, offset, pathlib.Path(scratch))
                    spoiled += 1
    print(f"{len(rows)} rows, {spoiled} spoiled files, {len(problems)} problems")
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
