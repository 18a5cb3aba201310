#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Real SNP reports, Azure HCL reports and TPM quotes, through tsmmr-replay; prints what was proven.

    test_snp_tpm.py TOOL CORPUS

Every file of snp-report/ and tpm-quote/, and the HCL reports of tdreport/, has the registers
that its own bytes have, or is refused by name.  Skipped (77) without the corpus.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "schema"))
import schema

SKIP = 77
TIME = "2026-06-01T00:00:00Z"       # when every certificate that is chained here was valid

problems = []
rows = []
seen = set()


def expect(condition, *what):
    if not condition:
        problems.append(" ".join(str(w) for w in what))


class Corpus:
    def __init__(self, tool, folder, scratch):
        self.tool, self.folder, self.scratch = tool, folder, scratch

    def part(self, text):
        """PART=name, or a file of our own."""
        part, eq, name = text.rpartition("=")
        if isinstance(name, str) and not name.startswith("/"):
            seen.add(name)
            name = str(self.folder / name)
        return part + eq + name

    def own(self, name, content):
        path = self.scratch / name
        path.write_bytes(content)
        return str(path)

    def run(self, parts, *options):
        args = [self.tool, "registers", "--json", *options]
        for part in parts:
            args += ["--evidence", self.part(part)]
        done = subprocess.run(args, capture_output=True, text=True, timeout=60, check=False)
        expect("Sanitizer" not in done.stderr and "runtime error" not in done.stderr, parts,
               done.stderr)
        told = schema.read(done.stdout) if done.returncode == 0 else {}
        pieces = {e["kind"]: (e["trust"], e["not_checked"]) for e in told.get("evidence", [])}
        registers = {r["name"] + (f":{r['alg']}" if r["alg"] else ""): r["value"]
                     for r in told.get("registers", [])}
        return done.returncode, pieces, registers, done.stderr.strip()


def snp_registers(b, at=0):
    return {name: b[at + start:at + start + size].hex() for name, start, size in (
        ("measurement:sha384", 0x90, 48), ("host_data", 0xC0, 32), ("report_data", 0x50, 64),
        ("id_key_digest:sha384", 0xE0, 48), ("author_key_digest:sha384", 0x110, 48))}


def tdx_registers(b, at):
    return {"mrtd:sha384": b[at + 528:at + 576].hex(), "rtmr0:sha384": b[at + 720:at + 768].hex()}


def pcr_registers(banks):
    return {f"pcr{n}:{bank}": v for bank, pcrs in banks.items() for n, v in pcrs.items()}


def check(c, what, parts, registers, kinds, flips=(), options=(), signer="", trust="signed"):
    """kinds: those whose signature is proven, and trust theirs: what nobody could check is
    unsigned, whatever vouches for some of it; flips: (part number, first, end) signed bytes."""
    status, pieces, found, err = c.run(parts, *options)
    expect(status == 0, what, "exits", status, err)
    expect(all(found.get(k) == v for k, v in registers.items()), what, "has", found)
    for kind in kinds:
        expect(kind in pieces and "signature" not in pieces[kind][1], what, kind, pieces)
    for kind, (is_, _) in pieces.items():
        expect(is_ == (trust if kind in kinds else "unsigned"), what, kind, "is", is_)
    rows.append((what, ", ".join(pieces), signer if kinds else "-",
                 trust if kinds else "unsigned",
                 sorted({w for _, words in pieces.values() for w in words})))

    for number, first, end in flips:
        name, _, path = parts[number].rpartition("=")
        data = (c.folder / path).read_bytes()
        for at in range(first, end, max(1, (end - first) // 8)):
            forged = bytearray(data)
            forged[at] ^= 1 << at % 8
            spoilt = list(parts)
            spoilt[number] = (name + "=" if name else "") + c.own("forged", bytes(forged))
            status, _, _, err = c.run(spoilt, *options)
            expect(status in (3, 6, 7), what, "byte", at, "of", path, "exits", status, err)


def reports(c):
    """Bare reports, and those whose key's certificate is there."""
    ark = ("--trust-root", "amd-genoa", "--time", TIME)
    aux = "snp-report/veraison-services__sevsnp-tsm.auxblob.bin"
    certified = {
        "attestation-rs__live-report-v5-genoa.bin":
            ("attestation-rs__live-vcek-genoa.der", "VCEK Genoa", aux),
        "trustee__test-report.bin": ("trustee__test-vcek.der", "VCEK Milan", None),
        "trustee__test-vlek-report.bin": ("trustee__test-vlek.der", "VLEK Milan", None),
        "veraison-services__sevsnp-tsm.outblob.bin": (pathlib.Path(aux).name, "VCEK Genoa", aux),
    }
    for path in sorted((c.folder / "snp-report").glob("*.bin")):
        b, name = path.read_bytes(), "snp-report/" + path.name
        if len(b) != 1184:
            continue
        check(c, path.name, [name], snp_registers(b), [])
        if path.name not in certified:
            continue
        cert, signer, issuers = certified[path.name]
        parts = [name, "snp-report/" + cert]
        check(c, path.name, parts, snp_registers(b), [f"snp-report-v{b[0]}"],
              [(0, 0x10, 0x2A0), (0, 0x2A0, 0x2D0)], signer=signer)
        if issuers:
            parts += [issuers] * (issuers != parts[1])
            check(c, path.name, parts, snp_registers(b), [f"snp-report-v{b[0]}"],
                  [(0, 0x10, 0x2A0)], ark, f"{signer}, ASK, ARK-Genoa", "authenticated")
        else:
            status, _, _, err = c.run(parts, *ark)
            expect(status == 7, path.name, "with another root exits", status, err)


AZURE = {
    "attestation-rs__az_snp-evidence-v1": "snp-report/trustee__az-snp-vtpm.hcl-report.bin",
    "attestation-rs__az_snp-live-evidence": None,
    "attestation-rs__az_snp-milan-v3-attestation": None,
    "attestation-rs__az_tdx-live-evidence": None,
    "trustee__az-snp-vtpm-evidence-genoa": None,
    "trustee__az-snp-vtpm-evidence-v0": None,
    "trustee__az-snp-vtpm-evidence-v1": None,
    "trustee__az-snp-vtpm-evidence-v2": None,
    "trustee__az-tdx-vtpm-evidence-v0": None,
}


def azure(c):
    """A paravisor's reports, and the vTPM quotes that its key signed."""
    for folder in ("snp-report", "tdreport"):
        for path in sorted((c.folder / folder).glob("*hcl*report*.bin")):
            b = path.read_bytes()
            snp = b[1224] == 2
            check(c, path.name, [f"{folder}/{path.name}"],
                  snp_registers(b, 32) if snp else tdx_registers(b, 32), [],
                  [(0, 32 + (0x50 if snp else 128), 32 + (0x90 if snp else 192)),
                   (0, 1236, 1236 + int.from_bytes(b[1232:1236], "little"))])

    for base, hcl in AZURE.items():
        tdx = "az_tdx" in base or "az-tdx" in base
        hcl = hcl or f"{'tdreport' if tdx else 'snp-report'}/{base}.hcl-report.bin"
        parts = [hcl, f"tpm-quote/{base}.tpms_attest.bin", f"sig=tpm-quote/{base}.sig.bin"]
        # The values of v1 are those of v0: the digests are the same.
        pcrs = f"tpm-quote/{base.replace('evidence-v1', 'evidence-v0') if 'trustee' in base else base}.pcrs.json"
        banks = json.loads((c.folder / pcrs).read_text())
        size = (c.folder / parts[1]).stat().st_size
        check(c, base, parts + ["pcrs=" + pcrs], pcr_registers(banks), ["tpm-quote"],
              [(1, 6, size), (2, 0, 256), (3, 30, 90)],
              signer="HCLAkPub, in REPORT_DATA")
        quote = f"tdx-quote/{base}.td_quote.bin"
        if tdx and (c.folder / quote).exists():
            check(c, base, parts + ["pcrs=" + pcrs, quote], pcr_registers(banks),
                  ["tpm-quote", "tdx-quote-v4"], [(1, 6, size), (0, 1236, 1300)],
                  ("--trust-root", "intel-sgx", "--time", TIME),
                  "HCLAkPub, in the TDX quote; Intel SGX Root CA", "authenticated")

    other = "snp-report/attestation-rs__az_snp-live-evidence.hcl-report.bin"
    base = "tpm-quote/trustee__az-snp-vtpm-evidence-v2"
    status, _, _, err = c.run([other, base + ".tpms_attest.bin", f"sig={base}.sig.bin"])
    expect(status == 7 and "HCLAkPub" in err, "another machine's quote exits", status, err)


def quotes(c):
    """Quotes with an attestation key beside them, or none."""
    ak = "tpm-quote/go-tpm-tools__gce-cos-85-no-nonce.ak-pub.tpmt_public.bin"
    for nonce in ("no-nonce", "nonce9009"):
        for bank in ("sha1", "sha256", "sha384"):
            base = f"tpm-quote/go-tpm-tools__gce-cos-85-{nonce}.{bank}"
            banks = expected(c, "go-tpm-tools__gce-cos-85-no-nonce", bank)
            parts = [base + ".tpms_attest.bin", base + ".sig.bin", ak]
            size = (c.folder / parts[0]).stat().st_size
            if banks:
                parts.append("pcrs=" + c.own("pcrs.json", json.dumps(banks).encode()))
            check(c, pathlib.Path(base).name, parts, pcr_registers(banks or {}), ["tpm-quote"],
                  [(0, 6, size), (1, 6, 262)], signer="AK (TPMT_PUBLIC)")
            check(c, pathlib.Path(base).name, parts, {}, ["tpm-quote"], [],
                  ("--trust-root", c.own("ak", pem_of(c, ak))), "AK, pinned", "authenticated")

    base = "tpm-quote/go-eventlog__windows_gcp_shielded_vm"
    banks = expected(c, "go-eventlog__windows_gcp_shielded_vm", "sha1")
    check(c, "windows_gcp_shielded_vm",
          [base + ".tpms_attest.bin", base + ".sig.bin", base + ".ak-pub.tpmt_public.bin",
           "pcrs=" + c.own("pcrs.json", json.dumps(banks).encode())],
          pcr_registers(banks), ["tpm-quote"], [(0, 6, 101)], signer="AK (TPMT_PUBLIC), SHA-1")

    logs(c, base, banks)

    base = "tpm-quote/keylime__files-quote"
    zero, ones = "0" * 64, "f" * 64
    check(c, "keylime files", [base + ".out", base + "sig.out", base + "pcr.out"],
          {"pcr15:sha256": zero, "pcr22:sha256": ones}, [])
    check(c, "rust-keylime string", ["tpm-quote/rust-keylime__test-quote.txt"], {}, [])
    # Its values are not there: no register has one, though it says which they are of.
    seen.add("tpm-quote/trustee__az-snp-vtpm.tpm-quote.sig")
    _, _, registers, _ = c.run(["tpm-quote/trustee__az-snp-vtpm.tpm-quote.msg"])
    expect(registers and not any(registers.values()), "a quote without PCR values has", registers)


def logs(c, windows, banks):
    """Real logs against real quotes."""
    cos = "tpm-quote/go-tpm-tools__gce-cos-85-no-nonce"
    for log, quote, ak, values in (
            ("go-eventlog__windows_gcp_shielded_vm", windows, windows, banks),
            ("go-tpm-tools__gce-cos-85-no-nonce", cos + ".sha256", cos,
             expected(c, "go-tpm-tools__gce-cos-85-no-nonce", "sha256"))):
        parts = [quote + ".tpms_attest.bin", quote + ".sig.bin", ak + ".ak-pub.tpmt_public.bin",
                 "pcrs=" + c.own("pcrs.json", json.dumps(values).encode())]
        args = [c.tool, "verify", "--json", str(c.folder / f"tcg2/{log}.bin"), "--require",
                "pcr0,pcr4,pcr7", "--min-trust", "signed", "--min-hash", "sha1"]
        for part in parts:
            args += ["--evidence", c.part(part)]
        done = subprocess.run(args, capture_output=True, text=True, timeout=60, check=False)
        told = schema.read(done.stdout)
        bank = next(iter(values))
        statuses = {r["name"]: r["status"] for r in told["registers"] if r["alg"] == bank}
        expect(all(statuses[f"pcr{n}"] == "verified" for n in (0, 4, 7)), log, statuses)
        ids = {f["id"] for f in told["findings"]}
        expect(("EVIDENCE_WEAK_HASH" in ids) == (quote == windows), log, ids)
        rows.append((log, "verify: " + told["verdict"], "AK (TPMT_PUBLIC)",
                     "signed", [f"pcr0,4,7:{bank}"]))


def expected(c, log, bank):
    e = json.loads((c.folder / "expected" / f"tcg2--{log}.bin.json").read_text())
    for one in e.get("expectations", [e]):
        if bank in one["bank"] and len(one["bank"][bank]) == 24:
            return {bank: one["bank"][bank]}
    return None


def pem_of(c, ak):
    """The key of an RSA TPMT_PUBLIC without a policy, for pinning it."""
    import base64

    n = (c.folder / ak).read_bytes()[24:280]
    rsa = bytes.fromhex("3082010a0282010100") + n + bytes.fromhex("0203010001")
    spki = (bytes.fromhex("30820122300d06092a864886f70d01010105000382010f00") + rsa)
    text = base64.encodebytes(spki).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{text}-----END PUBLIC KEY-----\n".encode()


# In envelopes: the kind of the piece in it, and how far it is trusted by nobody's root.
OPENED = {
    "snp-report/veraison-services__sevsnp-tsm-report.cbor": ("snp-report-v3", "signed"),
    "snp-report/veraison-services__sevsnp-tsm-report.json": ("snp-report-v3", "signed"),
    "tpm-quote/azure-cvm-tooling__quote.bincode.bin": ("tpm-quote", "unsigned"),
    "tpm-quote/trustee__az-snp-vtpm.quote.bincode.bin": ("tpm-quote", "unsigned"),
    "tpm-quote/trustee__az-tdx-vtpm.quote.bincode.bin": ("tpm-quote", "unsigned"),
    "tpm-quote/trustee__az-snp-vtpm.tpm-quote-v1.json": ("tpm-quote", "unsigned"),
    "tpm-quote/trustee__az-tdx-vtpm.tpm-quote-v1.json": ("tpm-quote", "unsigned"),
    "tpm-quote/trustee__tpm_evidence.json": ("tpm-quote", "signed"),
}

REFUSED = {
    "tpm-quote/go-eventlog__linux_tpm12.tpm12-quote-info.bin": (3, "a quote of TPM 1.2"),
    "tpm-quote/veraison-parsec__parsec-tpm-evidence.cbor": (3, "a Parsec key attestation"),
    "tpm-quote/veraison-parsec__parsec-tpm-evidence_bad_kat.cbor": (3, "a Parsec key"),
    "tpm-quote/veraison-parsec__parsec-tpm-evidence_invalid.cbor": (3, "a Parsec key"),
    "tpm-quote/veraison-services__enacttrust-basic.token": (3, "an EnactTrust token"),
}


def openings(c):
    for name, (kind, trust) in OPENED.items():
        status, pieces, _, err = c.run([name])
        expect(status == 0 and pieces.get(kind, [None])[0] == trust, name, "exits", status, pieces,
               err)
        rows.append((pathlib.Path(name).name, trust, "-", "-", [kind]))


def refusals(c):
    for name, (code, why) in REFUSED.items():
        status, _, _, err = c.run([name])
        expect(status == code and why in err, name, "exits", status, err)
        rows.append((pathlib.Path(name).name, "refused", "-", "-", [why]))
    key = "tpm-quote/go-eventlog__linux_tpm12.ak-pub.tpmt_public.bin"
    base = "tpm-quote/go-eventlog__windows_gcp_shielded_vm"
    status, _, _, err = c.run([base + ".tpms_attest.bin", base + ".sig.bin", "ak=" + key])
    expect(status == 3 and "a key of TPM 1.2" in err, key, "exits", status, err)
    seen.add("tpm-quote/go-eventlog__linux_tpm12.sig.bin")      # of that quote, and bare

    # Cut anywhere, a report or a quote says so.
    for name, ends in (("snp-report/trustee__test-report.bin", (100, 672, 1183)),
                       ("snp-report/trustee__az-snp-vtpm.hcl-report.bin", (31, 1200, 1234, 1300)),
                       ("tpm-quote/trustee__az-snp-vtpm.tpm-quote.msg", (7, 50, 121))):
        data = (c.folder / name).read_bytes()
        for end in ends:
            status, _, _, err = c.run([c.own("cut", data[:end])])
            expect(status == 3 and "ends" in err, name, "cut at", end, "exits", status, err)


def main():
    tool, folder = sys.argv[1], pathlib.Path(sys.argv[2] or "nowhere")
    if not (folder / "MANIFEST.tsv").is_file():
        print(f"skipped: no corpus of real evidence at {folder} (see the Meson option 'corpus')")
        return SKIP

    with tempfile.TemporaryDirectory() as scratch:
        c = Corpus(tool, folder, pathlib.Path(scratch))
        reports(c)
        azure(c)
        quotes(c)
        openings(c)
        refusals(c)
    for part in ("snp-report", "tpm-quote"):
        for path in sorted((folder / part).iterdir()):
            expect(f"{part}/{path.name}" in seen, part, path.name, "was not looked at")

    for what, kind, signer, trust, words in rows:
        print(f"{what:52} {kind:32} {signer:46} {trust:14} {' '.join(words)}")
    print(f"{len(rows)} rows, {len(problems)} problems")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
