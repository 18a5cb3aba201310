# SPDX-License-Identifier: BSD-2-Clause
"""append and attest with a TPM's own commands: swtpm, reached through tpm2-tss.

usage: tpm.py TOOL FIRMWARE-LOG IMA-LIST OTHER-KEY ATTESTER MKSNP SNP-TWIN
"""
import base64
import hashlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../schema"))
import schema

tool, firmware, ima, other_key, attester, mksnp, twin = map(os.path.abspath, sys.argv[1:8])
top = tempfile.mkdtemp(prefix="tsmmr-tpm.")
failed = []
NONCE = "00112233445566778899aabbccddeeff"
HASHES = {"sha1": 4, "sha256": 11, "sha384": 12, "sha512": 13}  # TPM_ALG_ID


def skip(why):
    print(f"tpm: skipped: {why}")
    sys.exit(77)


def check(name, good, detail=""):
    if not good:
        failed.append(name)
    print(f"ok  {name}" if good else f"NOT OK  {name}  {detail}", flush=True)


def put(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def get(path):
    with open(path, "rb") as f:
        return f.read()


def two_ports():
    """The TCTI takes the control channel to be the next port."""
    for _ in range(100):
        with socket.socket() as a, socket.socket() as b:
            a.bind(("127.0.0.1", 0))
            port = a.getsockname()[1]
            try:
                b.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    skip("no two ports side by side")


def start():
    """A fresh TPM, its process and its port."""
    for _ in range(5):
        port = two_ports()
        state = tempfile.mkdtemp(dir=top)
        try:
            p = subprocess.Popen(
                ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}",
                 "--server", f"type=tcp,port={port}", "--ctrl", f"type=tcp,port={port + 1}",
                 "--flags", "not-need-init,startup-clear"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except OSError:
            skip("there is no swtpm")
        for _ in range(200):
            if p.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except OSError:
                time.sleep(0.02)
                continue
            return p, port
        p.kill()
        p.wait()
    skip("swtpm does not start")


def command(port, code, handles, rest):
    """A command with one empty password; (TPM 2.0 Library, part 1, "Command Structure")"""
    auth = struct.pack(">IHBH", 0x40000009, 0, 0, 0)
    body = handles + struct.pack(">I", len(auth)) + auth + rest
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.sendall(struct.pack(">HII", 0x8002, 10 + len(body), code) + body)
        answer = s.recv(4096)
    rc = struct.unpack(">HII", answer[:10])[2]
    check(f"command {code:#x}", rc == 0, f"answered {rc:#x}") if rc else None


def pcr_extend(port, pcr, digests):
    command(port, 0x182, struct.pack(">I", pcr), struct.pack(">I", len(digests)) +
            b"".join(struct.pack(">H", HASHES[alg]) + value for alg, value in digests.items()))


def run(*args):
    p = subprocess.run([tool, *args], capture_output=True, text=True)
    return p.returncode, p.stdout, p.stderr


def expect(name, code, *args, says=""):
    rc, out, err = run(*args)
    check(name, rc == code and says in out + err,
          f"exit {rc}, not {code} with {says!r}: {err.strip()} {out.strip()[-400:]}")
    return out, err


def pem(ak):
    """SubjectPublicKeyInfo of a TPM2B_PUBLIC with a point on P-256."""
    size, kind = struct.unpack(">HH", ak[:4])
    check("the attestation key is of ECC", size == len(ak) - 2 and kind == 0x23, ak.hex())
    x, y = ak[-66:-34], ak[-32:]
    der = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004") + x + y
    return b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(der) + b"-----END PUBLIC KEY-----\n"


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def boot(port, root):
    """The firmware's log and IMA's list, and the PCRs as they leave them."""
    for known, path in ((firmware, "tpm0/binary_bios_measurements"),
                        (ima, "ima/binary_runtime_measurements_sha256")):
        put(f"{root}/sys/kernel/security/{path}", get(known))
        lines = run("export", "--platform", "tpm", "--to", "jsonl", known)[1].splitlines()
        for event in map(schema.read, lines):
            digest = event["digests"].get("sha256")
            # A violation is logged as zeros and extended as ones.  (ima_queue.c)
            if event["measured"]:
                value = bytes.fromhex(digest)
                pcr_extend(port, event["index"], {"sha256": value if any(value) else b"\xff" * 32})


def value_of(banks, pcr, alg):
    return next(line.split("=")[1].split()[0] for line in banks.splitlines()
                if line.startswith(f"pcr{pcr}:{alg}="))


def appends(at):
    """A record extends every bank of the PCR, and one log says so."""
    before = expect("registers", 0, "registers", *at)[0]
    records = [b"example.org/app start 1", b"example.org/app ready"]
    for record in records:
        out = expect("append", 0, "append", *at, "--json", "--mr", "pcr16", record.decode())[0]
        check("its digest", schema.read(out)["digest"] == hashlib.sha256(record).hexdigest(), out)
    after = run("registers", *at)[1]
    lines = [b"SYNC sha256/" + b"0" * 64, *records]
    for alg in HASHES:
        if f"pcr16:{alg}=" not in before:
            continue
        value = bytes.fromhex(value_of(before, 16, alg))
        for line in lines:
            value = hashlib.new(alg, value + hashlib.new(alg, line).digest()).digest()
        check(f"pcr16:{alg} is extended by each line's {alg}",
              value_of(after, 16, alg) == value.hex(), value_of(after, 16, alg))
    expect("a bank without the log", 3, "append", *at, "--mr", "pcr16:sha384", "x",
           says="extends all its banks")
    expect("nobody has settled which", 2, "append", *at, "--mr", "app-runtime", "x",
           says="tpm0/pcr16:sha256, tpm0/pcr23:sha256")
    expect("of another locality", 5, "append", *at, "--mr", "pcr20", "x", says="pcr20")
    expect("logged already", 0, "append", *at, "--once", "--mr", "pcr16", records[0].decode(),
           says="(logged already)")


def foreign(port, at):
    """Somebody else extends: the next append writes a SYNC."""
    pcr_extend(port, 16, {"sha256": b"\x55" * 32})
    expect("a SYNC after an extension of somebody else's", 0, "append", *at, "--mr", "pcr16",
           "example.org/app later", says="(after a SYNC)")


def attested(at, name, code=0):
    out = f"{top}/{name}"
    expect(f"attest: {name}", code, "attest", *at, "--platform", "tpm", "--nonce", NONCE, "-o", out)
    return out


def verify(folder, key, *more):
    return ["verify", folder, "--trust-root", key, "--nonce", NONCE, *more]


def refused(folder, key):
    """Each part changed is refused, by name."""
    def changed(name, file, change, code, says, *more):
        copy = f"{top}/changed"
        shutil.copytree(folder, copy)
        put(f"{copy}/{file}", change(get(f"{copy}/{file}")))
        expect(f"{name} changed", code, *verify(copy, key, "--require", "pcr16:sha256", *more), says=says)
        shutil.rmtree(copy)

    def of_log(data):
        at = data.index(b"example.org/app start 1")
        return flip(data, at + 22)

    def of_digest(data):
        at = data.index(hashlib.sha256(b"example.org/app ready").digest())
        return flip(data, at)

    def of_pcrs(data):
        at = data.index(b"pcr16:sha256=") + 13
        return data[:at] + (b"1" if data[at:at + 1] != b"1" else b"2") + data[at + 1:]

    changed("a record's text", "log.cel", of_log, 4, "data-mismatch")
    changed("a record's digest", "log.cel", of_digest, 1, "pcr16")
    changed("the quote's clock", "evidence.bin", lambda d: flip(d, 60), 7, "signature")
    changed("the signature", "sig.bin", lambda d: flip(d, len(d) - 1), 7, "signature")
    changed("the PCRs", "pcrs.txt", of_pcrs, 7, "PCR")
    changed("the key", "ak.pub", lambda d: flip(d, len(d) - 1), 3, "attestation key")
    changed("the key for another's", "ak.pub", lambda d: get(other_key), 7, "attestation key")
    expect("another nonce", 7, "verify", folder, "--trust-root", key, "--nonce", "ff" + NONCE[2:],
           says="nonce")
    expect("another nonce's start", 7, "verify", folder, "--trust-root", key, "--nonce", NONCE[:-2],
           says="nonce")


def scenario(port):
    root = f"{top}/root"
    at = ["--root", root, "--tcti", f"swtpm:host=127.0.0.1,port={port}"]
    put(f"{root}/proc/sys/kernel/random/boot_id", b"8a52ac1e-3d2e-4b6e-9d6f-7f2b8e0d5c11\n")
    appends(at)
    bare = attested(at, "bare")
    key = f"{top}/ak.pem"
    put(key, pem(get(f"{bare}/ak.pub")))
    expect("software can reset PCR 16", 4, *verify(bare, key), says="verified     pcr16")
    expect("it is asked about", 0, *verify(bare, key, "--require", "pcr16:sha256"))

    boot(port, root)
    folder = attested(at, "evidence")
    check("its files", sorted(os.listdir(folder)) ==
          ["ak.pub", "attest.json", "evidence.bin", "log.cel", "pcrs.txt", "sig.bin"],
          str(os.listdir(folder)))

    expect("nobody vouches for it", 4, "verify", folder, "--nonce", NONCE, says="--trust-root")
    expect("verifies", 0, *verify(folder, key, "--require", "pcr16:sha256"))
    expect("the boot too", 0, *verify(folder, key), says="pcr0-8:sha256 pcr10:sha256 pcr16:sha256")
    refused(folder, key)

    foreign(port, at)
    again = attested(at, "again", 4)
    check("the same key each time", get(f"{again}/ak.pub") == get(f"{folder}/ak.pub"))
    expect("after a SYNC", 0, *verify(again, key, "--require", "pcr16:sha256",
                                      "--allow", "pcr16:unlogged"))
    return at


# What an SVSM's service has signed for whoever asks: the hash of that and of its manifest.
REPORT = """#!%s -B
import hashlib
import os
import sys
sys.path.insert(0, %r)
import mksnp
data = bytes.fromhex(sys.argv[1])
if os.path.exists(sys.argv[0] + ".manifestblob"):
    data = hashlib.sha512(data + open(sys.argv[0] + ".manifestblob", "rb").read()).digest()
sys.stdout.buffer.write(mksnp.report(5, data))
"""


def svsm(port):
    """An SEV-SNP guest whose TPM is its SVSM's: report, manifest, quote and logs in one folder."""
    root, command = f"{top}/svsm", f"{top}/svsm-report"
    where = f"{root}/sys/kernel/config"
    at = ["--root", root, "--tcti", f"swtpm:host=127.0.0.1,port={port}"]
    put(command, (REPORT % (sys.executable, os.path.dirname(mksnp))).encode())
    os.chmod(command, 0o755)
    put(f"{command}.auxblob", get(f"{twin}/auxblob.bin"))
    put(f"{root}/proc/sys/kernel/random/boot_id", b"8a52ac1e-3d2e-4b6e-9d6f-7f2b8e0d5c11\n")
    os.makedirs(where)
    try:
        p = subprocess.run([attester, "report", command, where], capture_output=True, text=True)
    except OSError:
        p = None
    if not p or p.returncode:
        print("-- no SVSM: nothing can be mounted here")
        return
    try:
        with open(f"{where}/control", "w") as f:
            f.write("snp 1")
        attested_alone(root)
        put(f"{command}.manifestblob", get(f"{twin}/svsm-ek.manifest"))
        with open(f"{where}/control", "w") as f:
            f.write("svsm 1")
        attested_by_svsm(at)
    finally:
        unmount = ["umount", "-l"] if os.geteuid() == 0 else ["fusermount3", "-uz"]
        subprocess.run([*unmount, where])


def attested_alone(root):
    """Without an SVSM there are no registers to log anything of."""
    out = f"{top}/snp-out"
    ack = schema.read(expect("attest on SEV-SNP", 0, "attest", "--json", "--root", root,
                             "--nonce", NONCE, "-o", out)[0])
    check("a report, and an empty log", ack["platform"] == "snp" and ack["events"] == 0 and
          [e["file"] for e in ack["evidence"]] == ["evidence.bin", "certs.bin"], str(ack))
    measurement = get(f"{out}/evidence.bin")[0x90:0xC0].hex()
    ask = ["--trust-root", f"{twin}/ark.pem", "--nonce", NONCE]
    expect("SEV-SNP: verifies", 0, "verify", out, *ask, "--expect", f"measurement={measurement}")
    expect("SEV-SNP: no log proves a launch", 4, "verify", out, *ask)
    expect("SEV-SNP: another nonce", 7, "verify", out, *ask[:2], "--nonce", "ff" + NONCE[2:])


def attested_by_svsm(at):
    out, key = f"{top}/svsm-out", f"{top}/ak.pem"
    expect("append to its PCR", 0, "append", *at, "--mr", "pcr16", "example.org/app in a guest")
    ack = schema.read(expect("attest under an SVSM", 0, "attest", "--json", *at, "--nonce", NONCE,
                             "-o", out)[0])
    check("report and quote", [(e["part"], e["file"], e["kind"]) for e in ack["evidence"]] == [
        ("quote", "evidence.bin", "snp-report-v5"), ("certs", "certs.bin", None),
        ("manifest", "manifest.bin", None), ("quote", "vtpm.bin", "tpm-quote"),
        ("sig", "sig.bin", None), ("pcrs", "pcrs.txt", None), ("ak", "ak.pub", None)], str(ack))
    put(key, pem(get(f"{out}/ak.pub")))
    ask = ["--trust-root", f"{twin}/ark.pem", "--trust-root", key, "--require", "pcr16:sha256"]

    def refused_with(name, file, change, code, says):
        was = get(f"{out}/{file}")
        put(f"{out}/{file}", change(was))
        expect(f"SVSM: {name}", code, "verify", out, "--nonce", NONCE, *ask, says=says)
        put(f"{out}/{file}", was)

    expect("SVSM: verifies", 0, "verify", out, "--nonce", NONCE, *ask)
    expect("SVSM: nobody vouches for the quote", 4, "verify", out, "--nonce", NONCE, *ask[:2],
           *ask[-2:], says="untrusted")
    expect("SVSM: another nonce", 7, "verify", out, "--nonce", "ff" + NONCE[2:], *ask, says="manifest")
    refused_with("another manifest", "manifest.bin",
                 lambda d: get(f"{twin}/svsm-ak.manifest"), 7, "nonce and manifest")
    refused_with("another report", "evidence.bin", lambda d: get(f"{twin}/report-v5.bin"), 7, "manifest")
    refused_with("a forged report", "evidence.bin", lambda d: flip(d, 0x90), 7, "")
    refused_with("a forged quote", "vtpm.bin", lambda d: flip(d, 60), 7, "signature")


def with_tpm(scenario):
    p, port = start()
    try:
        return scenario(port)
    finally:
        p.send_signal(signal.SIGTERM)
        p.wait()


def first(port):
    rc, _, err = run("registers", "--tcti", f"swtpm:host=127.0.0.1,port={port}")
    if rc == 3 and "built without tpm2-tss" in err:
        skip("built without tpm2-tss")
    if rc == 5 and "TCTI" in err.upper() and "swtpm" in err:
        skip("tpm2-tss has no TCTI for swtpm")
    return scenario(port)


def main():
    at = with_tpm(first)
    expect("a TPM that is gone", 5, "append", *at, "--mr", "pcr16", "x", says="swtpm:host")
    with_tpm(svsm)
    return 1 if failed else 0


try:
    status = main()
finally:
    shutil.rmtree(top, ignore_errors=True)
if failed:
    print("failed: " + ", ".join(failed))
sys.exit(status)
