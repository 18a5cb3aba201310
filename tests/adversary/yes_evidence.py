# SPDX-License-Identifier: BSD-2-Clause
"""Lines 1, 11, 13, A, B, E: who vouches for the values."""

import base64
import hashlib
import json
import re
import struct

import inputs as i
from command import case
from inputs import NOW, mkcose, mkquote, mksnp, mktpmquote, root

CCEL, QUOTE = "tdx-twin/CCEL.data", "tdx-twin/quote-v4.bin"
TPM_LOG = "sysfs/tpm/sys/kernel/security/tpm0/binary_bios_measurements"
SNP = ["--evidence", "snp-twin/report-v5.bin"]
CERTS = ["--evidence", "snp-twin/auxblob.bin"]
ARK = ["--trust-root", "snp-twin/ark.pem", *NOW]
CPAK, NITRO_ROOT = ["--trust-root", "cose/cca-cpak.pem"], ["--trust-root", "cose/nitro-root.pem"]
TDX_ROWS = ("rtmr0", "rtmr1", "rtmr2")
MRTD = "14" * 48
MEASUREMENT = mkquote.label("MEASUREMENT", 48).hex()
RIM = mkcose.cca_registers("sha256")[0].hex()
PCR0 = mkcose.nitro_pcrs()[0].hex()
WRONG = "ab"


def not_proven(a, trust, *rows, alg=None):
    """What --json says when the values agree and nobody vouches for them."""
    a.exits(4).no_row_says_yes().check(a.json.get("verdict") == "incomplete", "verdict")
    for name in rows:
        a.row(name, alg, status="incomplete", gaps=["untrusted"], trust=trust)
        a.because("untrusted", name)
    return a.evidence(trust=trust)


# ---- 1: anybody's quote

@case(1, "quote-v4")
def _(t):
    """A quote and no root: the last line says what to pin."""
    t.run("verify", CCEL, "--evidence", QUOTE).exits(4).check_last(
        "NOT PROVEN: nobody vouches for tdx-quote-v4 (rtmr0 rtmr1 rtmr2 match it); "
        "pin who made it: --trust-root intel-sgx")
    not_proven(t.run("verify", "--json", "--events", CCEL, "--evidence", QUOTE), "signed",
               *TDX_ROWS)
    t.honest("verify", CCEL, "--evidence", QUOTE, *root()).exits(0).ends("verified: ")


@case(1, "quote-v5")
def _(t):
    """The same of version 5, with the weakest word that may be asked for."""
    a = t.run("verify", "--json", CCEL, "--evidence", "tdx-twin/quote-v5.bin")
    not_proven(a, "signed", *TDX_ROWS)


@case(1, "quote-required")
def _(t):
    """--require is no voucher."""
    a = t.run("verify", "--json", CCEL, "--evidence", QUOTE, "--require", "rtmr0-2")
    not_proven(a, "signed", *TDX_ROWS)


@case(1, "quote-gaps-allowed")
def _(t):
    """untrusted is no gap for --allow; every other one allowed earns nothing."""
    t.run("verify", CCEL, "--evidence", QUOTE, "--allow", "no-log,unanchored,missing-head,"
          "off-log-extend,unlogged,unquoted-tail,data-mismatch,missing-image").exits(4)
    t.run("verify", CCEL, "--evidence", QUOTE, "--allow", "untrusted").exits(2)


@case(1, "quote-nonce")
def _(t):
    """Freshness is no voucher: whoever makes a quote puts the nonce in."""
    quote = t.file(i.tdx_quote(nonce=b"fresh"))
    a = t.run("verify", "--json", CCEL, "--evidence", quote, "--nonce", b"fresh".hex())
    not_proven(a, "signed", *TDX_ROWS).evidence(nonce="matched")


@case(1, "quote-own-registers")
def _(t):
    """Anybody's quote of anybody's registers, with anybody's log."""
    log = i.log("ccel", ["sha384"])
    log.boot()
    regs = {f"rtmr{n}": log.registers[n + 1, "sha384"] for n in range(3)}
    quote = t.file(i.tdx_quote(**regs))
    made = t.file(bytes(log.bytes))
    not_proven(t.run("verify", "--json", made, "--evidence", quote), "signed", *TDX_ROWS)
    t.honest("verify", made, "--evidence", quote, *root()).exits(0)


@case(1, "tdreport")
def _(t):
    """A TDREPORT: only its own machine can check its MAC, and this one is zero."""
    a = t.run("verify", "--json", "--events", CCEL, "--evidence", "tdx-twin/tdreport.bin")
    not_proven(a, "unsigned", *TDX_ROWS)
    t.run("verify", CCEL, "--evidence", "tdx-twin/tdreport.bin").exits(4).ends(
        "NOT PROVEN: nobody vouches for tdx-report (rtmr0 rtmr1 rtmr2 match it)")


@case(1, "tdreport-mac")
def _(t):
    """With any MAC."""
    report = bytearray(i.tdreport())
    report[224:256] = b"\xa5" * 32
    a = t.run("verify", "--json", CCEL, "--evidence", t.file(bytes(report)))
    not_proven(a, "unsigned", *TDX_ROWS)


@case(1, "tdreport-root", held=True)
def _(t):
    """A root is given and the TDREPORT leads to none."""
    t.run("verify", CCEL, "--evidence", "tdx-twin/tdreport.bin", *root()).exits(7, 4)


@case(1, "tdreport-signed", new=True)
def _(t):
    """unsigned is weaker than signed."""
    args = ["verify", CCEL, "--evidence", "tdx-twin/tdreport.bin", "--min-trust"]
    t.run(*args, "signed").exits(4)
    t.honest(*args, "unsigned").exits(0)


@case(1, "snp-no-vcek")
def _(t):
    """A report whose signature nobody could check."""
    not_proven(t.run("verify", "--json", *SNP, "--expect", f"measurement={MEASUREMENT}"),
               "unsigned", "measurement")


@case(1, "snp-flipped")
def _(t):
    """One bit of MEASUREMENT flipped, and the flipped value is what is expected."""
    report = i.flipped((i.DATA / "snp-twin/report-v5.bin").read_bytes(), 0x90)
    args = ["--evidence", t.file(report), "--expect", f"measurement={report[0x90:0xC0].hex()}"]
    not_proven(t.run("verify", "--json", *args), "unsigned", "measurement")
    t.run("verify", *args, *CERTS).exits(7)
    t.run("verify", *args, *CERTS, *ARK).exits(7)
    t.run("registers", "--json", "--evidence", t.file(report)).row("measurement", trust="unsigned")


@case(1, "snp-no-root")
def _(t):
    """With its VCEK and no root."""
    args = [*SNP, *CERTS, "--expect", f"measurement={MEASUREMENT}"]
    not_proven(t.run("verify", "--json", *args), "signed", "measurement")
    t.run("verify", *args).exits(4).ends(
        "NOT PROVEN: nobody vouches for snp-report-v5 (measurement matches it)",
        "pin who made it: --trust-root amd")
    t.honest("verify", *args, *ARK).exits(0)


@case(1, "snp-certs-of-others")
def _(t):
    """A root whose chain is missing: told as missing."""
    t.run("verify", *SNP, "--expect", f"measurement={MEASUREMENT}", *ARK).exits(7).complains(
        "certs=")


@case(1, "cca-no-root")
def _(t):
    """A token whose platform key nobody pinned."""
    for token in "cca-399", "cca-p256":
        rim = mkcose.cca_registers("sha384" if token == "cca-p256" else "sha256")[0].hex()
        args = ["--evidence", f"cose/{token}.cbor", "--expect", f"rim={rim}"]
        a = t.run("verify", "--json", *args).exits(4).no_row_says_yes()
        a.row("rim", status="incomplete", gaps=["untrusted"]).because("untrusted", "rim")
    t.honest("verify", "--evidence", "cose/cca-399.cbor", "--expect", f"rim={RIM}", *CPAK).exits(0)


@case(1, "nitro-no-root")
def _(t):
    """A document under nobody's root, with the log that explains PCR 16."""
    args = ["--platform", "nitro", "pcr16=cose/nitro-pcr16.log", "--evidence", "cose/nitro.cbor"]
    not_proven(t.run("verify", "--json", *args), "signed", "pcr16")
    t.run("verify", *args).exits(4).ends("NOT PROVEN: nobody vouches for nitro",
                                         "--trust-root aws-nitro")
    t.honest("verify", *args, *NITRO_ROOT).exits(0)


@case(1, "nitro-wrong-ca")
def _(t):
    """Names like the genuine ones, other keys."""
    args = ["--platform", "nitro", "pcr16=cose/nitro-pcr16.log",
            "--evidence", "cose/nitro-wrong-ca.cbor"]
    not_proven(t.run("verify", "--json", *args), "signed", "pcr16")


@case(1, "tpm-no-key")
def _(t):
    """A quote without key and signature."""
    args = ["verify", "--json", TPM_LOG, "--evidence", "tpm-twin/quote.bin",
            "--evidence", "pcrs=tpm-twin/pcrs.tools"]
    not_proven(t.run(*args), "unsigned", "pcr0", "pcr7", alg="sha256").lacks("did not sign")


@case(1, "tpm-own-key")
def _(t):
    """A quote whose key comes with it."""
    args = [TPM_LOG, *i.tpm_quote(t, i.tpm_values())]
    a = t.run("verify", "--json", "--events", *args).exits(4).no_row_says_yes()
    a.row("pcr0", "sha256", status="incomplete", gaps=["untrusted"], trust="signed")
    t.honest("verify", *args, *i.pinned_tpm()).exits(0)


@case(1, "hcl-no-root")
def _(t):
    """Azure's report vouches for the TPM's key, and nobody for Azure's report."""
    args = [TPM_LOG, "--evidence", "snp-twin/hcl-snp.bin", *CERTS, "--evidence",
            "tpm-twin/quote.bin", "--evidence", "sig=tpm-twin/quote.raw",
            "--evidence", "tpm-twin/pcrs.txt"]
    t.run("verify", "--json", "--events", *args).exits(4).no_row_says_yes().row(
        "pcr0", "sha256", status="incomplete", gaps=["untrusted"])
    t.honest("verify", *args, *ARK).exits(0)


@case("A", "unvouched-beside")
def _(t):
    """The TPM's key is pinned, and nobody vouches for Azure's report: it is not believed."""
    args = [TPM_LOG, "--evidence", "snp-twin/hcl-snp.bin", "--evidence", "tpm-twin/quote.bin",
            "--evidence", "sig=tpm-twin/quote.raw", "--evidence", "tpm-twin/pcrs.txt",
            "--trust-root", "tpm-twin/ak.pem"]
    t.honest("verify", *args).exits(0)
    t.run("verify", *args, "--require", "pcr0:sha256,measurement").exits(4)
    a = t.run("verify", "--json", *args, "--expect", f"measurement={MEASUREMENT}").exits(4)
    a.row("measurement", status="incomplete", gaps=["untrusted"], trust="unsigned")


@case(1, "show")
def _(t):
    """show calls nothing proven that nobody vouches for."""
    args = ["show", "--json", CCEL, "--evidence"]
    for evidence in QUOTE, "tdx-twin/quote-v5.bin", "tdx-twin/tdreport.bin":
        t.run(*args, evidence).exits(0).nothing_proven()
    t.honest(*args, QUOTE, *root()).exits(0).something_proven()


@case(1, "events")
def _(t):
    """Nor does verify with --events."""
    t.run("verify", "--json", "--events", CCEL, "--evidence", QUOTE).exits(4).nothing_proven()
    t.honest("verify", "--json", "--events", CCEL, "--evidence", QUOTE, *root()).exits(
        0).something_proven()


@case(1, "explain")
def _(t):
    """explain is a verdict too."""
    t.run("explain", CCEL, "--evidence", QUOTE).exits(4)
    t.run("explain", "--json", CCEL, "--evidence", QUOTE).exits(4).no_row_says_yes()


@case(1, "attest-folder")
def _(t):
    """An attest folder brings its evidence, never its root."""
    folder = t.tmp / "attest"
    t.file((i.TWIN / "quote-v4.bin").read_bytes(), "attest/evidence.bin")
    t.file((i.TWIN / "CCEL.data").read_bytes(), "attest/log.cel")
    t.file("{}", "attest/attest.json")
    t.run("verify", "--json", folder).exits(4).no_row_says_yes()
    t.file((i.TWIN / "root.pem").read_bytes(), "attest/certs.bin")
    t.run("verify", folder).refuses()


@case(1, "certificates-are-no-root")
def _(t):
    """A root handed over as a certificate is no root."""
    t.run("verify", *SNP, "--evidence", "certs=snp-twin/ark.pem",
          "--evidence", "certs=snp-twin/certs.pem",
          "--expect", f"measurement={MEASUREMENT}").refuses()
    t.run("verify", CCEL, "--evidence", QUOTE, "--evidence", "certs=tdx-twin/root.pem").refuses()


@case(1, "sha1-log")
def _(t):
    """A SHA-1 bank alone, of a quote that is genuine."""
    log = i.log("tcg2", ["sha1"])
    log.boot()
    args = [t.file(bytes(log.bytes)),
            *i.tpm_quote(t, i.tpm_values(log), range(8), algs=(4,)), *i.pinned_tpm()]
    for more in [], ["--require", "pcr0-7"]:
        a = t.run("verify", "--json", "--events", *args, *more).exits(4).no_row_says_yes()
        a.row("pcr0", "sha1", status="incomplete", gaps=["weak-hash"])


@case(1, "sha1-named", new=True)
def _(t):
    """Who names the bank, or lowers the least hash, has asked for it."""
    log = i.log("tcg2", ["sha1"])
    log.boot()
    args = ["verify", t.file(bytes(log.bytes)),
            *i.tpm_quote(t, i.tpm_values(log), range(8), algs=(4,)), *i.pinned_tpm()]
    t.honest(*args, "--require", "pcr0-7:sha1").exits(0)
    t.honest(*args, "--require", "pcr0-7", "--min-hash", "sha1").exits(0)
    t.run(*args, "--require", "pcr0-7", "--min-hash", "sha256").exits(4)
    t.run(*args, "--min-hash", "sha384").exits(4)


@case(1, "sha1-live")
def _(t):
    """A machine that shows SHA-1 alone, and one that shows it beside SHA-256."""
    tree = t.tree("tpm")
    t.honest("verify", "--root", tree).exits(0)
    for path in (tree / "sys/class/tpm/tpm0/pcr-sha256").iterdir():
        path.unlink()
    (tree / "sys/class/tpm/tpm0/pcr-sha256").rmdir()
    t.run("verify", "--json", "--root", tree).exits(4).no_row_says_yes()


@case(1, "sha1-spoils", held=True)
def _(t):
    """A weak bank that contradicts is a mismatch although it is not asked."""
    log = i.log("tcg2", ["sha1", "sha256"])
    log.boot()
    log.event(4, i.ACTION, b"x", digests=[("sha1", i.h("sha1", b"y")),
                                          ("sha256", i.h("sha256", b"x"))])
    banks = i.tpm_values(log)
    banks["sha1"][4] = bytes(20)
    a = t.run("verify", "--json", t.file(bytes(log.bytes)),
              *i.tpm_quote(t, banks, range(8), algs=(4, 11)), *i.pinned_tpm())
    a.row("pcr4", "sha1", status="mismatch")


@case(1, "tcg1-log")
def _(t):
    """A log of a TPM 1.2 has nothing else."""
    log = i.log("tcg1", ["sha1"])
    log.boot()
    t.run("verify", "--json", t.file(bytes(log.bytes)),
          *i.tpm_quote(t, i.tpm_values(log), range(8), algs=(4,)),
          *i.pinned_tpm()).exits(4).row("pcr0", "sha1", gaps=["weak-hash"])


@case(1, "words", new=True)
def _(t):
    """signed is what was decoded, and decoded is no word any more."""
    args = ["verify", CCEL, "--evidence", QUOTE, "--min-trust"]
    t.honest(*args, "signed").exits(0).ends("verified: rtmr0 rtmr1 rtmr2", "untouched: rtmr3")
    t.honest(*args, "unsigned").exits(0)
    t.run(*args, "authenticated").exits(4)
    t.run(*args, "decoded").exits(2)
    t.run(*args, "live").exits(2)
    t.run(*args, "given").exits(2)


@case(1, "no-decoded")
def _(t):
    """Not in any output."""
    for verb in ["registers"], ["verify", CCEL], ["explain", CCEL], ["verify", "--json", CCEL]:
        t.run(*verb, "--evidence", QUOTE).lacks("decoded")


@case(1, "vendors", new=True)
def _(t):
    """Vendors' roots are known by name, and trusted only when named."""
    words = ("intel-sgx", "amd-milan", "amd-genoa", "amd-turin", "aws-nitro")
    fingerprints = ("44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3",
                    "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b",
                    "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd",
                    "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1",
                    "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a")
    t.honest("verify", "--trust-root", "list").exits(0).says(*words, *fingerprints)
    for word in ("intel-sgx", "intel", "aws-nitro", "aws", "amd", "amd-milan"):
        t.run("verify", CCEL, "--evidence", QUOTE, "--trust-root", word, *NOW).exits(7)
    t.run("verify", CCEL, "--evidence", QUOTE, "--trust-root", "intle").refuses()
    t.run("verify", CCEL, "--evidence", QUOTE, "--trust-root", fingerprints[0]).exits(
        2, 5).complains("sha256:")


@case(1, "vendors-words-are-no-files", new=True)
def _(t):
    """A file called as a vendor is none of them."""
    t.file((i.TWIN / "root.pem").read_bytes(), "intel-sgx")
    a = t.run("verify", CCEL, "--evidence", QUOTE, "--trust-root", "intel-sgx", *NOW)
    a.exits(7)
    t.honest("verify", CCEL, "--evidence", QUOTE, "--trust-root", t.tmp / "intel-sgx",
             *NOW).exits(0)


@case(1, "vendors-real", new=True)
def _(t):
    """Real quotes, by the name of who signed them."""
    quote = t.real("tdx-quote/go-tdx-guest__cos-113-tdx-quote.dat")
    args = ["registers", "--json", "--evidence", quote, "--time", "2026-06-01T00:00:00Z"]
    t.honest(*args, "--trust-root", "intel-sgx").exits(0).evidence(trust="authenticated")
    t.honest(*args, "--trust-root", "intel").exits(0)
    t.run(*args, "--trust-root", "amd").exits(7)
    nitro = t.real("nitro/evervault__beta-valid.cbor")
    t.honest("registers", "--evidence", nitro, "--trust-root", "aws-nitro").exits(0)
    t.run("registers", "--evidence", nitro, "--trust-root", "intel").exits(7)


@case(1, "registers")
def _(t):
    """registers says of each value whether anybody vouches for it."""
    a = t.run("registers", "--json", "--evidence", QUOTE)
    a.row("mrtd", trust="signed").row("rtmr0", trust="signed")
    t.run("registers", "--json", *SNP).row("measurement", trust="unsigned")


@case(1, "registers-evidence", new=True)
def _(t):
    """Evidence alone is checked by registers, which has its claims."""
    a = t.honest("registers", "--json", "--evidence", QUOTE, *root()).exits(0)
    a.evidence(trust="authenticated", kind="tdx-quote-v4", debug=False, nonce="not-asked")
    t.run("registers", "--evidence", QUOTE, *root(), "--nonce", "01").exits(7)


@case(1, "last-line")
def _(t):
    """The whole of it, in its order."""
    a = t.run("verify", CCEL, "--evidence", QUOTE, *root()).exits(0)
    a.check(re.fullmatch(
        r"verified: rtmr0 rtmr1 rtmr2 · untouched: rtmr3 · by tdx-quote-v4, [^·]+ · "
        r"fresh: not asked · launch: not asked · not checked: tcb-status revocation[a-z -]*",
        a.last), f"the last line is: {a.last}")
    a = t.run("verify", CCEL, "--evidence", QUOTE, *root(), "--expect", f"mrtd={MRTD}",
              "--nonce", "00").refuses()
    quote = t.file(i.tdx_quote(nonce=b"n"))
    a = t.run("verify", CCEL, "--evidence", quote, *root(), "--expect", f"mrtd={MRTD}",
              "--nonce", "6e").exits(0)
    a.check(re.fullmatch(
        r"verified: rtmr0 rtmr1 rtmr2 · equal: mrtd · untouched: rtmr3 · by tdx-quote-v4, [^·]+ · "
        r"fresh: yes · launch: pinned · not checked: tcb-status revocation[a-z -]*",
        a.last), f"the last line is: {a.last}")


@case(1, "json")
def _(t):
    """launch, fresh, policy, root and what is not checked are members."""
    a = t.run("verify", "--json", CCEL, "--evidence", QUOTE, *root()).exits(0)
    for key, want in (("verdict", "verified"), ("exit", 0), ("because", []),
                      ("launch", "not-asked"), ("fresh", "not-asked")):
        a.check(a.json.get(key, "absent") == want, f"{key} is {a.json.get(key, 'absent')}")
    a.check(re.fullmatch("[0-9a-f]{64}", a.json.get("policy") or ""), "policy is no SHA-256")
    a.evidence(trust="authenticated", nonce="not-asked", debug=False)
    a.check({"tcb-status", "revocation"} <= set((a.json["evidence"][0])["not_checked"]),
            "not_checked")
    for name in TDX_ROWS:
        a.row(name, status="verified", trust="authenticated", asked=True, accepted=True,
              because=[], gaps=[], reference=None)


@case(1, "nonce-of-zeros")
def _(t):
    """A nonce of zeros is every old quote's."""
    t.run("verify", CCEL, "--evidence", QUOTE, *root(), "--nonce", "00").exits(2)
    t.run("verify", CCEL, "--evidence", QUOTE, *root(), "--nonce", "00" * 64).exits(2)


@case(1, "must-check", new=True)
def _(t):
    """What is left open can be made part of the question."""
    args = ["verify", CCEL, "--evidence", QUOTE, *root(), "--must-check"]
    t.run(*args, "tcb-status").exits(4)
    t.run(*args, "revocation,tcb-status").exits(4)
    t.run(*args, "nosuch").exits(2)
    t.honest(*args, "signature").exits(0)


# ---- 11: the commonest policy

def equal(t, name, right, *args, rows=()):
    """One launch value and no log."""
    size = len(right) // 2
    wrong = WRONG * size
    a = t.run("verify", *args, "--expect", f"{name}={right}").exits(0)
    a.ends(f"equal: {name}", "launch: pinned")
    a.check(a.last.startswith(("equal:", "verified:")), f"the last line is: {a.last}")
    a = t.run("verify", "--json", *args, "--expect", f"{name}={right}").exits(0)
    a.row(name, status="equal", asked=True, gaps=[], trust="authenticated", accepted=True)
    a.check(a.json.get("launch") == "pinned", "launch")
    t.run("verify", *args, "--expect", f"{name}={wrong},{right}").exits(0)
    a = t.run("verify", "--json", *args, "--expect", f"{name}={wrong}").exits(1)
    a.row(name, status="mismatch").because("reference", name)
    t.run("verify", *args, "--expect", f"{name}={wrong},{'cd' * size}").exits(1)
    t.run("verify", *args, "--expect", f"{name}={right}", "--expect", f"{name}={wrong}").exits(2)


@case(11, "mrtd")
def _(t):
    """MRTD is what the caller expects, and no log is needed."""
    equal(t, "mrtd", MRTD, "--evidence", QUOTE, *root())


@case(11, "mrtd-v5")
def _(t):
    """The same of version 5."""
    equal(t, "mrtd", MRTD, "--evidence", "tdx-twin/quote-v5.bin", *root())


@case(11, "measurement")
def _(t):
    """MEASUREMENT."""
    equal(t, "measurement", MEASUREMENT, *SNP, *CERTS, *ARK)


@case(11, "rim")
def _(t):
    """RIM."""
    equal(t, "rim", RIM, "--evidence", "cose/cca-399.cbor", *CPAK)


@case(11, "nitro-pcr0")
def _(t):
    """Nitro's PCR 0."""
    equal(t, "pcr0", PCR0, "--evidence", "cose/nitro.cbor", *NITRO_ROOT)


@case(11, "tpm-pcr7")
def _(t):
    """A PCR by its value."""
    value = i.tpm_values()["sha256"][7].hex()
    args = ["verify", *i.tpm_quote(t, i.tpm_values(), [0, 7]), *i.pinned_tpm(), "--json"]
    t.run(*args, "--expect", f"pcr7:sha256={value}").exits(0).row("pcr7", status="equal")
    t.run(*args, "--expect", f"pcr7:sha256={'00' * 32}").exits(1).row("pcr7", status="mismatch")


@case(11, "rtmr3-initial")
def _(t):
    """A register that holds its initial value, which a reference asks for, is equal."""
    args = ["verify", "--json", "--evidence", QUOTE, *root(), "--expect"]
    t.run(*args, "rtmr3=" + "00" * 48).exits(0).row("rtmr3", status="equal")
    t.run(*args, "rtmr3=" + "01" * 48).exits(1).row("rtmr3", status="mismatch")


@case(11, "with-a-log")
def _(t):
    """Beside a log, MRTD is asked and the log's registers as well."""
    args = [CCEL, "--evidence", QUOTE, *root()]
    a = t.run("verify", "--json", *args, "--expect", f"mrtd={MRTD}").exits(0)
    a.row("mrtd", status="equal", asked=True)
    for name in TDX_ROWS:
        a.row(name, status="verified", asked=True)
    a = t.run("verify", "--json", *args, "--require", "rtmr0-2,mrtd",
              "--expect", f"mrtd={MRTD}").exits(0)
    a.row("mrtd", status="equal", required=True)


@case(11, "require-with-reference")
def _(t):
    """--require of what has a reference."""
    args = ["verify", "--evidence", QUOTE, *root(), "--require", "mrtd"]
    t.run(*args, "--expect", f"mrtd={MRTD}").exits(0)
    t.run(*args).exits(4)


@case(11, "machines-logs-are-not-taken")
def _(t):
    """With evidence and no LOG there is no log, whatever machine this is."""
    tree = t.tree("tdx-6.16")
    a = t.run("verify", "--json", "--root", tree, "--evidence", QUOTE, *root(),
              "--expect", f"mrtd={MRTD}").exits(0)
    a.check(a.json.get("logs") == [], "it took this machine's logs")


@case(11, "nothing-asked")
def _(t):
    """Neither log nor reference: nothing was asked."""
    a = t.run("verify", "--json", "--evidence", QUOTE, *root()).exits(4)
    a.because("nothing-asked")
    for verb in "show", "replay", "explain":
        t.run(verb, "--evidence", QUOTE, *root()).exits(2)
    t.run("merge", "--evidence", QUOTE, "--to", "jsonl").exits(2)


@case(11, "roles")
def _(t):
    """A role names the register."""
    args = ["verify", "--evidence", QUOTE, *root(), "--expect"]
    t.run(*args, f"initial-vm-state={MRTD}").exits(0)
    t.run(*args, f"initial-vm-state={WRONG * 48}").exits(1)


@case(11, "no-root")
def _(t):
    """Equal to nobody's quote is no yes."""
    a = t.run("verify", "--json", "--evidence", QUOTE, "--expect", f"mrtd={MRTD}").exits(4)
    a.row("mrtd", status="incomplete", gaps=["untrusted"]).because("untrusted", "mrtd")
    t.run("verify", "--json", "--evidence", QUOTE, "--expect", f"mrtd={WRONG * 48}").exits(1)


@case(11, "sets", new=True)
def _(t):
    """--expect-any: one set matches as a whole, or none does."""
    def one(mrtd, rtmr0):
        return t.file(f"mrtd={mrtd}\nrtmr0={rtmr0}\n")

    mine, other = i.twin_registers()["rtmr0"].hex(), WRONG * 48
    args = ["verify", "--evidence", QUOTE, *root()]
    right, half, rest = one(MRTD, mine), one(MRTD, other), one(other, mine)
    t.honest(*args, "--expect-any", f"@{right}").exits(0)
    t.honest(*args, "--expect-any", f"@{half}", "--expect-any", f"@{right}").exits(0)
    t.run(*args, "--expect-any", f"@{half}").exits(1)
    t.run(*args, "--expect-any", f"@{half}", "--expect-any", f"@{rest}").exits(1)
    t.run(*args, "--expect-any", "@" + t.file("")).exits(2)
    t.run(*args, "--expect-any", f"@{half}", "--expect-any", "@" + t.file("")).exits(2)


@case(11, "claims", new=True)
def _(t):
    """Claims by value, by mask, and component by component."""
    args = ["verify", "--evidence", QUOTE, *root(), "--expect", f"mrtd={MRTD}"]
    svn = mkquote.TEE_TCB_SVN
    zero = "00" * 64
    t.honest(*args, "--expect", f"claim.report_data={zero}").exits(0)
    t.run(*args, "--expect", f"claim.report_data={'01' + zero[2:]}").exits(1)
    t.honest(*args, "--expect", f"claim.report_data={'ff' * 64}/{zero}").exits(0, 2)
    t.honest(*args, "--at-least", f"claim.tee_tcb_svn={svn.hex()}").exits(0)
    for n, byte in enumerate(svn):
        more = svn[:n] + bytes([byte + 1]) + svn[n + 1:]
        t.run(*args, "--at-least", f"claim.tee_tcb_svn={more.hex()}").exits(1)
    t.run(*args, "--expect", "claim.nosuch=00").refuses()
    t.run("verify", "--evidence", QUOTE, *root(), "--expect", f"claim.mr_td={MRTD}").refuses()


@case(11, "claims-of-nobody", new=True)
def _(t):
    """A claim of evidence that nobody vouches for is no yes."""
    a = t.run("verify", "--json", "--evidence", QUOTE, "--expect",
              f"claim.report_data={'00' * 64}").exits(4)
    a.because("untrusted")


@case(11, "policy-file", new=True)
def _(t):
    """The options that decide, from a file, and its hash in the answer."""
    text = f"# a policy\n--require rtmr0-2\n--expect mrtd={MRTD}\n"
    args = ["verify", "--json", CCEL, "--evidence", QUOTE, *root(), "--policy"]
    a = t.honest(*args, t.file(text)).exits(0).row("mrtd", status="equal")
    b = t.honest(*args, t.file(text.replace("rtmr0-2", "rtmr0-1"))).exits(0)
    a.check(a.json.get("policy") != b.json.get("policy"), "two policies, one hash")
    t.run(*args, t.file(f"--expect mrtd={WRONG * 48}\n")).exits(1)
    t.run(*args, t.file("")).exits(2)
    t.run(*args, t.file("--output x\n")).exits(2)
    t.run(*args, t.file("--requires rtmr0\n")).exits(2)
    t.run(*args, t.tmp / "none").exits(5)


@case(11, "manifest", new=True)
def _(t):
    """A file whose hash must be a register, asked for by name."""
    text = b"a policy\nkernel.org/tsm/static_mr mr_policy sha256/" + b"01" * 32 + b"\n"
    quote = t.file(i.tdx_quote(mrconfigid=hashlib.sha384(text).digest()))
    args = ["verify", "--json", "--evidence", quote, *root(), "--manifest"]
    t.honest(*args, "mrconfigid=" + t.file(text), "--require", "mrconfigid").exits(0)
    t.honest(*args, "mrconfigid=" + t.file(text),
             "--expect", f"mrconfigid/mr_policy={'01' * 32}").exits(0)
    t.run(*args, "mrconfigid=" + t.file(text),
          "--expect", f"mrconfigid/mr_policy={'02' * 32}").exits(1)
    t.run(*args, "mrconfigid=" + t.file(text + b" "), "--require", "mrconfigid").refuses()
    t.run("verify", "--evidence", quote, *root(), "--require", "mrconfigid").exits(4)


@case(11, "group", new=True)
def _(t):
    """A quote without values vouches for its selection as a group."""
    banks = i.tpm_values()
    args = ["verify", "--json", *i.tpm_quote(t, banks, [0, 7], with_values=False), *i.pinned_tpm()]
    right = [f"pcr{n}:sha256={banks['sha256'][n].hex()}" for n in (0, 7)]
    a = t.honest(*args, "--expect", right[0], "--expect", right[1]).exits(0)
    a.row("pcr0", status="equal").row("pcr7", status="equal")
    t.honest(*args, TPM_LOG).exits(0).row("pcr0", "sha256", status="verified")
    wrong = f"pcr0:sha256={WRONG * 32}"
    a = t.run(*args, "--expect", wrong, "--expect", right[1]).exits(1)
    a.row("pcr0", status="mismatch").row("pcr7", status="mismatch")
    t.run(*args, "--expect", right[0]).exits(4).row("pcr7", gaps=["no-log"])


@case(11, "evidence-folder", new=True)
def _(t):
    """A configfs-tsm report folder is a piece with its certificates."""
    for name, source in (("outblob", "report-v5.bin"), ("auxblob", "auxblob.bin")):
        t.file((i.DATA / "snp-twin" / source).read_bytes(), f"report/{name}")
    t.file("sev_guest\n", "report/provider")
    args = ["verify", "--evidence", t.tmp / "report", "--expect", f"measurement={MEASUREMENT}"]
    t.honest(*args, *ARK).exits(0)
    t.run(*args).exits(4)


# ---- 13: what the environment lacks

NO_ALGORITHMS = """openssl_conf = all
[all]
alg_section = algorithms
[algorithms]
default_properties = provider=nothing
"""


@case(13, "no-algorithms")
def _(t):
    """OpenSSL that has no digest at all: that is what is said, not that anybody lied."""
    env = {"OPENSSL_CONF": t.file(NO_ALGORITHMS)}
    for args in (["verify", CCEL, "--evidence", QUOTE, *root()],
                 ["verify", CCEL, "--evidence", QUOTE],
                 ["verify", *SNP, *CERTS, *ARK, "--expect", f"measurement={MEASUREMENT}"],
                 ["verify", "--platform", "nitro", "pcr16=cose/nitro-pcr16.log",
                  "--evidence", "cose/nitro.cbor", *NITRO_ROOT],
                 ["verify", TPM_LOG, "--evidence", "tpm-twin/quote-some.keylime",
                  "--evidence", "tpm-twin/ak.pem", *i.pinned_tpm()],
                 ["replay", CCEL], ["show", CCEL], ["diff", CCEL, CCEL]):
        a = t.run(*args, env=env).exits(5)
        a.lacks("did not sign", "its signature is wrong", "does not lead")


@case(13, "no-algorithms-json")
def _(t):
    """The error has a code of its own."""
    env = {"OPENSSL_CONF": t.file(NO_ALGORITHMS)}
    a = t.run("verify", "--json", CCEL, "--evidence", QUOTE, *root(), env=env).exits(5)
    a.check("crypto-unavailable" in json.dumps(a.json), f"no crypto-unavailable: {a.json}")


@case(13, "no-sm3")
def _(t):
    """A bank that cannot be computed is not one without a log."""
    env = {"OPENSSL_CONF": t.file(NO_ALGORITHMS.replace("provider=nothing", "fips=yes"))}
    log = i.log("tcg2", ["sm3_256"])
    log.boot()
    path = t.file(bytes(log.bytes))
    t.honest("verify", path, *i.values(log)).exits(0)
    t.run("verify", path, *i.values(log), env=env).exits(5).lacks("no-log", "mismatch")


# ---- A: a piece that vouches is believed whole

def forged(t, patches):
    return t.file(i.forge_tdreport(i.tdreport(), patches))


@case("A", "tdreport-tcb")
def _(t):
    """A TDREPORT with forged versions beside the genuine quote."""
    report = "adversary/tdreport-forged-tcb.bin"
    for order in ([report, QUOTE], [QUOTE, report]):
        args = [w for o in order for w in ("--evidence", o)]
        a = t.run("verify", "--json", CCEL, *args, *root()).refuses()
        a.check(a.code == 7 or a.code == 4, f"exit {a.code}")
    t.honest("verify", CCEL, "--evidence", "tdx-twin/tdreport.bin", "--evidence", QUOTE,
             *root()).exits(0)


@case("A", "tdreport-fields")
def _(t):
    """Every field that both carry, one after the other."""
    td = i.REPORT_TD[0]
    fields = {"tee_tcb_svn": 256 + 8, "mrseam": 256 + 24, "mrsigner_seam": 256 + 72,
              "seam_attributes": 256 + 120, "td_attributes": td + 1, "xfam": td + 15,
              "mrtd": td + 16, "mrconfigid": td + 64, "mrowner": td + 112,
              "mrownerconfig": td + 160, "rtmr0": td + 208, "rtmr1": td + 256, "rtmr2": td + 304,
              "rtmr3": td + 352, "report_data": 128}
    genuine = i.tdreport()
    for name, at in fields.items():
        report = forged(t, {at: bytes([genuine[at] ^ 0x40])})
        a = t.run("verify", CCEL, "--evidence", report, "--evidence", QUOTE, *root())
        a.check(a.code == 7, f"{name} differs: exit {a.code}")


@case("A", "tdreport-more-than-the-quote")
def _(t):
    """What only the TDREPORT carries is not authenticated by the quote."""
    report = forged(t, {i.REPORT_TD[0] + 400: b"\xab" * 48})
    args = ["--evidence", report, "--evidence", QUOTE, *root()]
    a = t.run("verify", "--json", CCEL, *args, "--expect", f"servtd_hash={'ab' * 48}",
              "--require", "rtmr0-2,servtd_hash", "--allow", "servtd_hash:no-log").refuses()
    a = t.run("registers", "--json", *args)
    for row in a.rows("servtd_hash"):
        a.check(row["trust"] != "authenticated", "servtd_hash is authenticated")


@case("A", "claims")
def _(t):
    """No claim of a forged TDREPORT stands under a piece that is authenticated."""
    report = forged(t, {256 + 8: b"\x63", 16: b"\x63"})
    a = t.run("verify", "--json", CCEL, "--evidence", report, "--evidence", QUOTE, *root())
    for piece in a.json.get("evidence") or []:
        if piece["trust"] == "authenticated":
            a.check(not piece["claims"].get("tee_tcb_svn", "").startswith("63"),
                    "a forged SVN is authenticated")
            a.check(not (piece["claims"].get("cpu_svn") or "").startswith("63"),
                    "a forged CPU SVN is authenticated")


@case("A", "tdreport-cpu-svn")
def _(t):
    """CPUSVN is in the TDREPORT alone: whoever signs the quote has not said it."""
    report = forged(t, {16: b"\x63" * 16})
    a = t.run("verify", "--json", CCEL, "--evidence", report, "--evidence", QUOTE, *root())
    if a.code != 7:
        a.piece("tdx-report", trust="unsigned")


@case("A", "hcl")
def _(t):
    """The same through Azure's report."""
    args = ["verify", "--json", TPM_LOG, "--evidence", "adversary/hcl-forged-tcb.bin",
            "--evidence", "adversary/hcl-forged-tcb.quote", "--evidence", "tpm-twin/quote.bin",
            "--evidence", "sig=tpm-twin/quote.raw", "--evidence", "tpm-twin/pcrs.txt", *root()]
    t.run(*args).exits(7)


@case("A", "hcl-own-report")
def _(t):
    """An HCL report around a report that nobody signed vouches for no key."""
    data = mksnp.runtime_data()
    report = mksnp.report(3, mkquote.sha256(data), key=mksnp.keys()["other VCEK"])
    args = [TPM_LOG, "--evidence", t.file(mksnp.hcl(2, report, data)),
            "--evidence", "tpm-twin/quote.bin", "--evidence", "sig=tpm-twin/quote.raw",
            "--evidence", "tpm-twin/pcrs.txt"]
    t.run("verify", *args, *CERTS, *ARK).exits(7)
    t.run("verify", *args, *ARK).exits(7)
    t.run("verify", *args).exits(4)


@case("A", "hcl-debug", held=True)
def _(t):
    """A guest whose host can debug it vouches for its vTPM: what the TPM says is no better."""
    data = mksnp.runtime_data()
    for policy, code in ((1 << 17, 0), (1 << 17 | 1 << 19, 7)):
        report = mksnp.report(3, mkquote.sha256(data), policy=policy)
        args = [TPM_LOG, "--evidence", t.file(mksnp.hcl(2, report, data)), *CERTS,
                "--evidence", "tpm-twin/quote.bin", "--evidence", "sig=tpm-twin/quote.raw",
                "--evidence", "tpm-twin/pcrs.txt", *ARK]
        a = t.run("verify", *args).exits(code)
        t.run("verify", *args, "--require", "pcr0:sha256").exits(code)
    a.complains("debug")
    a = t.honest("verify", *args, "--allow-debug").exits(0)
    a.check("tcb-status" in a.last, f"what the report leaves open is not said: {a.last}")


@case("A", "two-values", held=True)
def _(t):
    """Two pieces with different values for one register."""
    other = t.file(i.tdx_quote(rtmr3=b"\x33" * 48))
    for order in ([QUOTE, other], [other, QUOTE]):
        t.run("verify", CCEL, "--evidence", order[0], "--evidence", order[1], *root(),
              "--expect", f"mrtd={MRTD}").exits(7)


@case("A", "nonce-of-another-piece", held=True)
def _(t):
    """Only the piece whose registers are asked answers for the nonce."""
    quote = t.file(i.tdx_quote(nonce=hashlib.sha256(b"data").digest()))
    args = ["verify", "--json", CCEL, "--evidence", quote, *root()]
    t.run(*args, "--nonce", "6e6f6e6365").exits(7)
    tpm = i.tpm_quote(t, i.tpm_values(), [0, 7], nonce=b"nonce")
    a = t.run(*args, *tpm, *i.pinned_tpm(), "--nonce", b"nonce".hex(), "--require", "rtmr0-2")
    a.refuses()


# ---- B: any certificate is an attestation key's

TLS = ["adversary/tls-ak.log", "--evidence", "adversary/tls-ak.quote",
       "--evidence", "sig=adversary/tls-ak.sig", "--evidence", "pcrs=adversary/tls-ak.pcrs",
       "--evidence", "ak=adversary/tls-ak.pem", "--trust-root", "adversary/tls-ak-ca.pem", *NOW]


@case("B", "tls-certificate")
def _(t):
    """A web server's certificate under a company's CA signs a quote that no TPM made."""
    for more in [], ["--require", "pcr0-7"], ["--nonce", b"nonce".hex()]:
        t.run("verify", *TLS, *more).exits(7)


def by_certificate(t, chain, key=None):
    ca, leaf = chain
    return [TPM_LOG, *i.tpm_quote(t, i.tpm_values(), [0, 4, 7], key=None),
            "--evidence", "ak=" + t.file(leaf), "--trust-root", t.file(ca), *NOW]


@case("B", "ak-certificate")
def _(t):
    """What the leaf must be: tcg-kp-AIKCertificate, and a key that signs."""
    t.honest("verify", *by_certificate(t, i.ak_chain())).exits(0)
    for usage, purposes in ((i.DIGITAL_SIGNATURE, (i.SERVER_AUTH,)), (i.DIGITAL_SIGNATURE, ()),
                            (i.KEY_ENCIPHERMENT, (i.AK_EKU,)), (i.CERT_SIGN, (i.AK_EKU,)),
                            (None, ())):
        a = t.run("verify", *by_certificate(t, i.ak_chain(usage, purposes)))
        a.check(a.code == 7, f"usage {usage}, purposes {purposes}: exit {a.code}")


@case("B", "ca-as-ak")
def _(t):
    """A CA's own certificate is no attestation key."""
    ca, _leaf = i.ak_chain()
    key = mkquote.Key("AK CA")
    quote = mktpmquote.attest([(11, [0, 4, 7])], b"", i.tpm_values())
    r, s = key.sign(quote)
    sig = struct.pack(">HH", mktpmquote.ECDSA, 11) + mktpmquote.tpm2b(
        r.to_bytes(32, "big")) + mktpmquote.tpm2b(s.to_bytes(32, "big"))
    args = [TPM_LOG, "--evidence", "quote=" + t.file(quote), "--evidence", "sig=" + t.file(sig),
            "--evidence", "pcrs=" + t.file(mktpmquote.pcrs_tools([(11, [0, 4, 7])],
                                                                 i.tpm_values())),
            "--evidence", "ak=" + t.file(ca), "--trust-root", t.file(ca), *NOW]
    t.run("verify", *args).exits(7)


@case("B", "roots-of-other-kinds")
def _(t):
    """A CA pinned for TPM keys signs no Nitro document, and a PCK no TPM quote."""
    ca = mkquote.Key("AK CA")
    root_pem, _leaf = i.ak_chain()
    leaf_key = mkcose.Key("nitro leaf")
    leaf = mkcose.certificate(mkcose.MODULE, leaf_key, "TEST AK CA", Shim(ca), mkcose.YEARS)
    root_der = pem_bytes(root_pem)
    document = mkcose.sign1(mkcose.nitro_payload(certificate=leaf, cabundle=[root_der]),
                            leaf_key, False)
    t.run("verify", "--platform", "nitro", "pcr16=cose/nitro-pcr16.log", "--evidence",
          t.file(document), "--trust-root", t.file(root_pem), *NOW).exits(7)
    pck, attest = mkquote.chain()[0], mktpmquote.attest([(11, [0, 7])], b"", i.tpm_values())
    r, s = mkquote.Key("PCK").sign(attest)
    sig = struct.pack(">HH", mktpmquote.ECDSA, 11) + mktpmquote.tpm2b(
        r.to_bytes(32, "big")) + mktpmquote.tpm2b(s.to_bytes(32, "big"))
    chain = mkquote.chain()
    t.run("verify", TPM_LOG, "--evidence", "quote=" + t.file(attest),
          "--evidence", "sig=" + t.file(sig), "--evidence", "pcrs=" + t.file(
              mktpmquote.pcrs_tools([(11, [0, 7])], i.tpm_values())),
          "--evidence", "ak=" + t.file(pck), "--evidence", "certs=" + t.file(chain[1]),
          "--trust-root", "tdx-twin/root.pem", *NOW).exits(7)


class Shim:
    """A key on P-256 for certificates that say SHA-384: signs over the digest they name."""

    def __init__(self, key):
        self.key, self.public = key, key.public

    def sign(self, message):
        n = self.key.curve.n
        digest = hashlib.sha384(message).digest()[:32]
        k = next(self.key.curve.nonces(self.key.secret, digest))
        r = self.key.curve.mul(k, self.key.curve.g)[0] % n
        return r, pow(k, -1, n) * (int.from_bytes(digest, "big") + r * self.key.secret) % n


def pem_bytes(pem):
    return base64.b64decode("".join(pem.splitlines()[1:-1]))


@case("B", "key-named-as-what-it-is-not", new=True)
def _(t):
    """A pinned key is tried on what it may have signed, without being evidence as well."""
    args = ["verify", TPM_LOG, *i.tpm_quote(t, i.tpm_values(), [0, 7], key=None)]
    t.honest(*args, *i.pinned_tpm()).exits(0)
    t.run(*args, "--trust-root", "cose/cca-cpak.pem").exits(7)


@case("B", "tpm-key-of-another-kind", new=True)
def _(t):
    """A TPM's public key, pinned as its TPM has it, signs quotes of TPMs and nothing else."""
    args = ["verify", TPM_LOG, *i.tpm_quote(t, i.tpm_values(), [0, 7], key=None), "--trust-root"]
    t.honest(*args, "tpm-twin/ak.tpmt").exits(0)
    t.honest(*args, "tpm-twin/ak.pub").exits(0)
    t.run(*args, "tpm-twin/ak-unrestricted.tpmt").exits(7)
    t.run(*args, "tpm-twin/ek.tpmt").exits(7)
    key = mktpmquote.public_ecc(mkcose.Key("CPAK", mkcose.P256))
    token = ["registers", "--evidence", "cose/cca-p256.cbor", "--trust-root"]
    t.honest(*token, "cose/cca-cpak-p256.pem").exits(0)
    t.run(*token, t.file(key)).exits(7)


# ---- E: kinds of evidence

@case("E", "two-machines-in-an-envelope", new=True)
def _(t):
    """A TPM's quote and a report in one file, which only a nonce joins: the report proves nothing."""
    roots = ["--trust-root", "snp-twin/ark.pem", *i.pinned_tpm(), *NOW]
    args = ["verify", "--evidence", "wrapped/gotpm-snp.pb", *roots]
    t.honest(*args, "--require", "pcr0-7:sha256").exits(0)
    t.run(*args, "--require", "pcr0-7:sha256,measurement").exits(4, 3, 2)
    t.run(*args, "--expect", f"measurement={MEASUREMENT}").exits(4, 3, 2, 1)
    t.run(*args[:3], "--trust-root", "snp-twin/ark.pem", *NOW).exits(7)
    t.honest("verify", "--evidence", "wrapped/gotpm-snp-alone.pb", *roots,
             "--expect", f"measurement={MEASUREMENT}").exits(0)


@case("E", "two-machines")
def _(t):
    """An SNP report and a TPM quote that nothing binds: they may be of two machines."""
    quote = ["--evidence", "quote=tpm-twin/quote.bin", "--evidence", "sig=tpm-twin/quote.sig",
             "--evidence", "pcrs=tpm-twin/pcrs.tools", "--evidence", "ak=tpm-twin/ak.pem"]
    roots = ["--trust-root", "snp-twin/ark.pem", *i.pinned_tpm(), *NOW]
    for manifest in "tpm-twin/ek.tpmt", "snp-twin/svsm-services.manifest":
        a = t.run("verify", TPM_LOG, *SNP, *CERTS, "--evidence", f"manifest={manifest}", *quote,
                  *roots)
        a.exits(7, 3)
    t.run("verify", TPM_LOG, *SNP, *CERTS, *quote, *roots).exits(7)
    t.run("verify", TPM_LOG, "--evidence", "snp-twin/svsm-ek.report", *CERTS,
          "--evidence", "manifest=tpm-twin/ek.tpmt", *quote, *roots, "--nonce",
          mktpmquote.NONCE[:-1].hex()).exits(7)
    t.honest("verify", TPM_LOG, "--evidence", "snp-twin/svsm-ek.report", *CERTS,
             "--evidence", "manifest=snp-twin/svsm-ek.manifest", *quote, *roots,
             "--nonce", mktpmquote.NONCE.hex()).exits(0)


@case("E", "tud-bits")
def _(t):
    """Any bit of the TUD group is debug."""
    for bit in range(8):
        quote = t.file(i.tdx_quote(attributes=1 << bit))
        a = t.run("verify", CCEL, "--evidence", quote, *root())
        a.check(a.code == 7, f"bit {bit}: exit {a.code}")
        t.honest("verify", CCEL, "--evidence", quote, *root(), "--allow-debug").exits(0)
    a = t.run("registers", "--json", "--evidence", t.file(i.tdx_quote(attributes=1 << 4)))
    a.check(a.code == 7 or '"debug":true' in a.out or a.err, "registers says nothing of it")


@case("E", "tud-bits-v5-report")
def _(t):
    """In version 5 and in a TDREPORT too."""
    for evidence in (i.tdx_quote(5, attributes=1 << 5), i.tdreport(attributes=1 << 4)):
        t.run("verify", CCEL, "--evidence", t.file(evidence)).exits(7)


@case("E", "sha1-signature")
def _(t):
    """A signature over SHA-1."""
    args = [TPM_LOG, *i.tpm_quote(t, i.tpm_values(), [0, 4, 7], signed="sha1"), *i.pinned_tpm()]
    t.run("verify", *args).refuses()
    t.run("verify", "-q", *args).refuses()
    t.run("verify", "--strict", *args).refuses()
    # Who names the bank, or its value, has not said that this will do for a signature.
    value = i.tpm_values()["sha256"][0].hex()
    for more in ["--require", "pcr0:sha256"], ["--expect", f"pcr0:sha256={value}"]:
        t.run("verify", *args, *more).exits(4)
        t.honest("verify", *args, *more, "--min-hash", "sha1").exits(0)


@case("E", "sha1-bank")
def _(t):
    """--require pcr0-7 met by the SHA-1 bank that the attester chose."""
    args = ["adversary/sha1-only.bin", "--evidence", "adversary/sha1-only.quote",
            "--evidence", "sig=adversary/sha1-only.sig",
            "--evidence", "pcrs=adversary/sha1-only.pcrs", "--evidence", "ak=tpm-twin/ak.pem",
            *i.pinned_tpm()]
    a = t.run("verify", "--json", *args, "--require", "pcr0-7").exits(4).no_row_says_yes()
    a.row("pcr0", gaps=["weak-hash"]).because("gap", "pcr0")
    t.honest("verify", *args, "--require", "pcr0-7:sha1").exits(0)


@case("E", "resettable")
def _(t):
    """A quote of PCR 23, or 16, alone: the OS can reset them."""
    for pcr in 16, 23:
        log = i.log()
        log.event(pcr, i.ACTION, b"what an attester likes")
        args = [t.file(bytes(log.bytes)),
                *i.tpm_quote(t, i.tpm_values(log), [pcr]), *i.pinned_tpm()]
        t.run("verify", *args).exits(4)
        t.honest("verify", *args, "--require", f"pcr{pcr}").exits(0)
        log.event(4, i.ACTION, b"booted")
        args = [t.file(bytes(log.bytes)),
                *i.tpm_quote(t, i.tpm_values(log), [4, pcr]), *i.pinned_tpm()]
        t.honest("verify", *args).exits(0)


@case("E", "nothing-but-untouched", held=True)
def _(t):
    """Registers that hold their initial values prove nothing alone."""
    log = i.log()
    args = [t.file(bytes(log.bytes)), *i.tpm_quote(t, i.tpm_values(log), [8, 9]), *i.pinned_tpm()]
    t.honest("verify", *args).exits(4)
