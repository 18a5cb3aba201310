#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Real CCA tokens and Nitro documents: registers, signatures, refusals, through tsmmr-replay.

    test_cose.py TOOL CORPUS LOG

LOG is a text log, for `verify` needs one.  Prints a table of the signatures.  Skipped (77)
without the corpus.
"""

import hashlib
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "schema"))
import schema

SKIP = 77
NITRO_ROOT = "sha256:641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b"

# Of each file: None, or exit status and words of the refusal.
BARE = (3, "not a whole CCA token")
FILES = {
    "cca-token/ccatoken__cca_token.cbor": None,
    "cca-token/rust-ccatoken__bug-33-repro.cbor": (7, "not for its realm token's key"),
    "cca-token/rust-ccatoken__cca-token-02.cbor": None,
    "cca-token/rust-ccatoken__cca-token-draft-ffm-00.cbor": None,
    "cca-token/rust-ccatoken__platform-claims.cbor": BARE,
    "cca-token/rust-ccatoken__realm-claims+spurious-numeric-key.cbor": BARE,
    "cca-token/rust-ccatoken__realm-claims+spurious-text-key.cbor": BARE,
    "cca-token/rust-ccatoken__realm-claims-missing-challenge.cbor": BARE,
    "cca-token/rust-ccatoken__realm-claims.cbor": BARE,
    "cca-token/tf-m-tools__cca_example_platform_token.cbor": (3, "signed CCA platform claims"),
    "cca-token/tf-m-tools__cca_example_platform_token_legacy.cbor":
        (3, "signed CCA platform claims"),
    "cca-token/tf-m-tools__cca_example_token.cbor": None,
    "cca-token/tf-m-tools__cca_example_token_legacy.cbor": None,
    "cca-token/tf-m-tools__cca_platform_token.cbor": (3, "signed CCA platform claims"),
    "cca-token/tf-m-tools__cca_token.cbor": None,
    "cca-token/tf-m-tools__psa-iat.cbor": (3, "signed PSA claims"),
    "cca-token/tf-m-tools__psa-invalid-profile-id.cbor": (3, "signed PSA claims"),
    "cca-token/tf-m-tools__psa-malformed.cbor": (3, "signed PSA claims"),
    "cca-token/tf-m-tools__psa-missing-claim.cbor": (3, "signed PSA claims"),
    "cca-token/tf-m-tools__psa-psa-2_0_0_sign1-token.cbor": (3, "signed PSA claims"),
    "cca-token/trustee__cca-example-token.cbor": None,
    "cca-token/veraison-evcli__token.cbor": None,
    "cca-token/veraison-services__cca-evidence.cbor": None,
    "cca-token/veraison-services__cca-good.cbor": None,
    "cca-token/veraison-services__parsec-cca-evidence.cbor": (3, "Parsec"),
    "nitro/evervault__beta-debug-mode.cbor": None,
    "nitro/evervault__beta-valid.cbor": None,
    "nitro/evervault__valid-attestation-doc.cbor": None,
}
DEBUG = {"nitro/evervault__beta-debug-mode.cbor", "nitro/evervault__valid-attestation-doc.cbor"}
# They name SHA-256 and carry 64 bytes a register.
OTHER_HASH = {"cca-token/rust-ccatoken__cca-token-02.cbor", "cca-token/veraison-evcli__token.cbor",
              "cca-token/veraison-services__cca-evidence.cbor",
              "cca-token/veraison-services__cca-good.cbor"}
ALGS = {32: "sha256", 48: "sha384", 64: "sha512"}

problems = []


def expect(condition, *what):
    if not condition:
        problems.append(" ".join(str(w) for w in what))


def cbor(b, at=0):
    """(value, offset behind it); a tag is passed over."""
    major, n = b[at] >> 5, b[at] & 31
    at += 1
    if n >= 24:
        size = 1 << n - 24
        n, at = int.from_bytes(b[at:at + size], "big"), at + size
    if major == 0:
        return n, at
    if major == 1:
        return -1 - n, at
    if major in (2, 3):
        return b[at:at + n] if major == 2 else b[at:at + n].decode(), at + n
    if major == 6:
        return cbor(b, at)
    if major == 7:
        return None, at
    items = []
    for _ in range(n * (major - 3)):
        item, at = cbor(b, at)
        items.append(item)
    return items if major == 4 else dict(zip(items[::2], items[1::2])), at


def payload(cose):
    return cbor(cbor(cose)[0][2])[0]


def registers_in(name, data):
    """Name and bank, and value: as a few lines of Python read them."""
    if name.startswith("nitro/"):
        return {(f"pcr{n}", "sha384"): v.hex() for n, v in payload(data)["pcrs"].items()}
    realm = cbor(data)[0][44241]
    claims = payload(realm[1] if isinstance(realm, list) else realm)
    alg = ALGS[len(claims[44238])]
    values = {("rim", alg): claims[44238].hex(), ("rpv", None): claims[44235].hex()}
    return values | {(f"rem{n}", alg): v.hex() for n, v in enumerate(claims[44239])}


class Tool:
    def __init__(self, path, log, scratch):
        self.path, self.log, self.scratch = path, log, scratch

    def run(self, *args):
        done = subprocess.run([self.path, *map(str, args)], capture_output=True, text=True,
                              timeout=60, check=False)
        expect(done.returncode in range(8), args, done.returncode, done.stderr)
        expect("Sanitizer" not in done.stderr and "runtime error" not in done.stderr, args,
               done.stderr)
        return done

    def registers(self, evidence, *more):
        return self.run("registers", "--json", "--evidence", evidence, *more)

    def judge(self, evidence, platform, *more):
        """What `verify` says of the evidence: exit status 7 where it refuses it."""
        mr = "pcr16" if platform == "nitro" else "rem3:sha256"
        return self.run("verify", "--json", "--platform", platform, f"{mr}={self.log}",
                        "--evidence", evidence, *more)

    def twin(self, data):
        path = self.scratch / "twin.cbor"
        path.write_bytes(data)
        return path


def check_good(tool, path, name):
    data = path.read_bytes()
    done = tool.registers(path)
    expect(done.returncode == 0, name, "exits", done.returncode, done.stderr)
    if done.returncode:
        return
    got = {(r["name"], r["alg"]): r["value"] for r in schema.read(done.stdout)["registers"]}
    expect(got == registers_in(name, data), name, "has other registers")

    strict = tool.registers(path, "--strict")
    expect(strict.returncode == (3 if name in OTHER_HASH else 0), name, "strictly exits",
           strict.returncode)

    # Twins: cut short, and with a signature that is wrong.
    for n in (25, len(data) // 2, len(data) - 1):
        done = tool.registers(tool.twin(data[:n]))
        expect(done.returncode == 3 and "offset" in done.stderr, name, "cut to", n, "exits",
               done.returncode, done.stderr)
    done = tool.registers(tool.twin(data[:-1] + bytes([data[-1] ^ 1])))
    expect(done.returncode == 7 and "signature is wrong" in done.stderr, name,
           "with a wrong signature exits", done.returncode, done.stderr)


def check_cca(tool, path, name):
    told = schema.read(tool.judge(path, "cca").stdout)
    piece = told["evidence"][0]
    expect(piece["trust"] == "unsigned", name, "is", piece["trust"])
    expect("signature" not in piece["not_checked"], name, "has a signature that was not checked")
    expect("platform-token" in piece["not_checked"], name, piece["not_checked"])
    return "realm token by its key: ok; key bound to the platform token: ok; platform: no key"


def check_nitro(tool, path, name):
    claims = payload(path.read_bytes())
    instance = claims["module_id"].split("-enc")[0].encode()
    expect(claims["pcrs"][4] == hashlib.sha384(bytes(48) + instance).digest(), name, "PCR4")
    allow = ["--allow-debug"] if name in DEBUG else []
    if allow:
        done = tool.judge(path, "nitro", "--require", "pcr0", "--min-trust", "signed")
        expect(done.returncode == 7 and "debug" in done.stderr, name, done.returncode)

    plain = schema.read(tool.judge(path, "nitro", *allow).stdout)["evidence"][0]
    expect(plain["trust"] == "signed", name, "is", plain["trust"])
    done = tool.judge(path, "nitro", "--trust-root", NITRO_ROOT, *allow)
    pinned = schema.read(done.stdout)["evidence"][0] if done.stdout else {}
    expect(pinned.get("trust") == "authenticated", name, done.stderr)
    expect("sha256:" + str(pinned.get("root")) == NITRO_ROOT, name, pinned.get("root"))
    expect(pinned.get("root_name") == "aws-nitro", name, pinned.get("root_name"))
    named = tool.judge(path, "nitro", "--trust-root", "aws-nitro", *allow)
    expect(named.stdout == done.stdout, name, "by name", named.stderr)

    # A leaf lives three hours: at no other time is it valid.
    for words in (["--time", "2040-01-01T00:00:00Z"], ["--time", "2020-01-01T00:00:00Z"]):
        done = tool.judge(path, "nitro", "--trust-root", NITRO_ROOT, *words, *allow)
        expect(done.returncode == 7, name, words, "exits", done.returncode)
    for other in "sha256:" + "11" * 32, "intel-sgx", "amd":
        done = tool.judge(path, "nitro", "--trust-root", other, *allow)
        expect(done.returncode == 7, name, "to another root exits", done.returncode)
    return f"document: ok; certificate to {NITRO_ROOT[:16]}… at {pinned.get('time')}: ok"


def main():
    corpus = pathlib.Path(sys.argv[2] or "nowhere")
    if not (corpus / "nitro").is_dir():
        print(f"skipped: no corpus of real evidence at {corpus} (see the Meson option 'corpus')")
        return SKIP
    there = {f"{d}/{p.name}" for d in ("cca-token", "nitro") for p in (corpus / d).iterdir()}
    expect(there == set(FILES), "no word about", sorted(there ^ set(FILES)))

    with tempfile.TemporaryDirectory() as scratch:
        tool = Tool(sys.argv[1], sys.argv[3], pathlib.Path(scratch))
        for name, refusal in FILES.items():
            path = corpus / name
            if refusal:
                done = tool.registers(path)
                expect(done.returncode == refusal[0] and refusal[1] in done.stderr, name, "exits",
                       done.returncode, done.stderr)
                print(f"{name:64} refused: {refusal[1]}")
                continue
            check_good(tool, path, name)
            check = check_nitro if name.startswith("nitro/") else check_cca
            print(f"{name:64} {check(tool, path, name)}")

    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
