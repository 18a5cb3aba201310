#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What OpenSSL lacks is said, and never anything else for want of it.

    lacking.py TOOL PROVIDER DATA

Each command once with all algorithms, and once without each of them: it says the same as
before, or that one is lacking (exit status 5); and once where OpenSSL is only to use what is
"fips=yes", which is nothing.  What it shows beside the same registers and
findings may be less only where nobody asked, and then a finding says so.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ALGORITHMS = ["SHA1", "SHA2-256", "SHA2-384", "SHA2-512", "SM3", "SHA3-256", "SHA3-384",
              "SHA3-512", "EC", "ECDSA", "RSA"]
CONFIGURATION = """openssl_conf = all
[all]
providers = providers
[providers]
lacking = lacking
[lacking]
module = {}
activate = 1
"""
PROPERTIES = """openssl_conf = all
[all]
alg_section = properties
[properties]
default_properties = fips=yes
"""
TDX = "tdx-twin/CCEL.data --evidence tdx-twin/quote-v4.bin"
TPM = "--evidence tpm-twin/quote-some.bin --evidence sig=tpm-twin/quote-some.sig " \
      "--evidence ak=tpm-twin/ak.pem"
MANIFEST = b"kernel.org/tsm/static_mr policy sha256/" + 64 * b"0" + b"\n"
COMMANDS = [
    f"verify {TDX} --trust-root tdx-twin/root.pem",
    f"verify {TDX} --min-trust signed",
    f"explain {TDX} --trust-root tdx-twin/root.pem --expect mrtd={'15' * 48}",
    "registers --evidence snp-twin/report-v5.bin --evidence certs=snp-twin/certs.pem "
    "--trust-root snp-twin/ark.pem",
    "replay tdx-twin/CCEL.data",
    "show tdx-twin/CCEL.data",
    "diff tdx-twin/CCEL.data good-ccel-unpadded.bin",
    "merge tdx-twin/CCEL.data --to cel-json",
    "replay good-tcg2-sha1-sha256.bin",
    "show good-tcg2-sha384.bin",
    "export good-tcg2-sha384.bin --to tpm2-yaml",
    "show ima/violation-first.sm3_256.bin",
    "show ima/violation-first.sm3_256.txt",
    "replay ima/every.sha1.bin --alg sha1",
    "merge good-tcg2-sha384.bin ima/every.sha1.bin --to cel-json",
    "show --mr rtmr3 --format text cel/text.log",
    "replay --mr rtmr3 --format text cel/text.log",
    "show launch/app-signed.eif",
    "show launch/realm-sha512.bin",
    f"registers {TPM} --evidence pcrs=tpm-twin/pcrs-some.tools --trust-root tpm-twin/ak.pem",
    # Without the values: the digest over all of them is what the logs must give.
    f"verify sysfs/tpm/sys/kernel/security/tpm0/binary_bios_measurements {TPM} --trust-root tpm-twin/ak.pem",
    "registers --evidence tpm-twin/quote-sha1.bin --evidence sig=tpm-twin/quote-sha1.sig "
    "--evidence ak=tpm-twin/ak.pem --evidence pcrs=tpm-twin/pcrs.json",
    "registers --evidence cose/cca-907.cbor --trust-root cose/cca-cpak.pem",
    "registers --evidence cose/nitro.cbor --trust-root cose/nitro-root.pem",
    "registers --evidence snp-twin/hcl-snp.bin --evidence certs=snp-twin/certs.pem "
    "--trust-root snp-twin/ark.pem",
    "registers --evidence wrapped/gotpm-svsm.pb --trust-root snp-twin/ark.pem "
    "--nonce 6c696274736d6d722054455354206e6f6e6365 --time 2026-01-01T00:00:00Z",
    "registers --evidence tdx-twin/tdreport.bin",
    "replay --mr pcr16:sha256 --format text @/banks.log",
    f"registers --expect mrconfigid={hashlib.sha384(MANIFEST).hexdigest()} "
    "--manifest mrconfigid=@/manifest",
]
BANKS = "".join(f"SYNC {alg}/{'00' * size}\n" for alg, size in (("sha256", 32), ("sha384", 48)))
LIES = ("did not sign", "signature is wrong", "wrong signature", "does not lead", "missing",
        "not for its realm", "no-log", "out of memory", "cannot be replayed")


def main():
    tool, provider, data = (pathlib.Path(a).resolve() for a in sys.argv[1:4])
    problems, lacking = [], 0

    with tempfile.TemporaryDirectory() as folder:
        conf = pathlib.Path(folder) / "openssl.cnf"
        conf.write_text(CONFIGURATION.format(provider))
        fips = pathlib.Path(folder) / "fips.cnf"
        fips.write_text(PROPERTIES)
        (pathlib.Path(folder) / "manifest").write_bytes(MANIFEST)
        (pathlib.Path(folder) / "banks.log").write_text(BANKS + "example.com one\n")

        def run(command, lacks):
            env = {**os.environ, "OPENSSL_CONF": str(fips if lacks == "all" else conf),
                   "TSMMR_LACKS": lacks}
            done = subprocess.run([tool, *command.replace("@", folder).split()], cwd=data, env=env, check=False,
                                  capture_output=True)
            return done.returncode, done.stdout, done.stderr.decode()

        for command in COMMANDS:
            whole = run(command, "")
            if whole[0] not in (0, 1):
                problems.append(f"{command}: {whole[0]}: {whole[2]}")
            used = 0
            for lacks in ALGORITHMS + ["all"]:
                code, out, err = run(command, lacks)
                what = f"{command}, without {lacks}: {code}: {err.strip()}"
                if (code, out, err) == whole:
                    continue
                used += 1
                if any(lie in err for lie in LIES):
                    problems.append(what)
                elif code == 5:
                    if "crypto library" not in err:
                        problems.append(what)
                elif command.startswith("diff"):
                    # Records are compared; what they replay to is not shown.
                    if code != whole[0] or set(out.split(b"\n")) > set(whole[1].split(b"\n")):
                        problems.append(what)
                elif code != whole[0] or "DIGEST_NO_CRYPTO" not in err + out.decode():
                    problems.append(what)
            if not used and "realm" not in command:
                problems.append(f"{command} needs no algorithm")
            lacking += used

        for command, lacks in ((COMMANDS[0], "ECDSA"), (COMMANDS[0], "SHA2-384")):
            code, out, _ = run(command + " --json", lacks)
            if code != 5 or json.loads(out)["detail"] != "crypto-unavailable":
                problems.append(f"{command} --json, without {lacks}: {code}: {out}")

    print(f"{len(COMMANDS)} commands, {lacking} times for want of an algorithm")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems or lacking < len(COMMANDS) else 0


if __name__ == "__main__":
    sys.exit(main())
