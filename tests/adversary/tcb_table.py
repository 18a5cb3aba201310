#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Intel's two tables in full, against the library: what the words of the parts make together, and
what a newer TCB than the guest was started with makes of it.

    tcb_table.py TOOL DATA

Each row is a line of one batch, with documents of its own.  (Quote Verification Library,
convergeTcbStatuses in EvaluateTcb.cpp, checkForRelaunch in TDRelaunchCheck.cpp)
"""
import base64
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "gen"))
sys.dont_write_bytecode = True
import mkcollateral as make  # noqa: E402  pylint: disable=wrong-import-position
import mkquote  # noqa: E402  pylint: disable=wrong-import-position

UP, HARDEN, CONFIGURE = "UpToDate", "SWHardeningNeeded", "ConfigurationNeeded"
BOTH, OLD = "ConfigurationAndSWHardeningNeeded", "OutOfDate"
OLD_CONFIGURE, REVOKED, NONE = "OutOfDateConfigurationNeeded", "Revoked", "NotSupported"
RELAUNCH, RELAUNCH_CONFIGURE = "TDRelaunchAdvised", "TDRelaunchAdvisedConfigurationNeeded"

PLATFORM = [UP, HARDEN, CONFIGURE, BOTH, OLD, OLD_CONFIGURE, REVOKED]
PART = [UP, OLD, REVOKED, NONE]      # of a module, or of an enclave
LAUNCH, NEWER, LOWER, OTHER = (bytes([minor, major, late]) + bytes(13) for minor, major, late in
                               ((5, 1, 6), (6, 1, 9), (5, 1, 1), (5, 2, 9)))


def with_part(word, part):
    """What a module's or an enclave's word makes of the platform's."""
    outdated = {UP: OLD, HARDEN: OLD, CONFIGURE: OLD_CONFIGURE, BOTH: OLD_CONFIGURE}
    if REVOKED in (word, part):
        return REVOKED
    if NONE in (word, part):
        return NONE
    return outdated.get(word, word) if part == OLD else word


def relaunched(launch, now):
    if REVOKED in (launch, now):
        return REVOKED
    if NONE in (launch, now):
        return NONE
    if launch in (OLD, OLD_CONFIGURE) and now in (UP, HARDEN, CONFIGURE, BOTH):
        return RELAUNCH_CONFIGURE if launch == OLD_CONFIGURE or now in (CONFIGURE, BOTH) else RELAUNCH
    return launch


def quote(version, current=LAUNCH):
    guest = mkquote.Guest(mkquote.read_registers(mkquote.DATA / "tdx-twin/registers-before.txt"),
                          b"", False)
    guest.current_svn = current
    return mkquote.quote(guest, version, mkquote.Enclave())


def info(levels, module_levels):
    identity = make.info()["tdxModuleIdentities"][0] | {"tcbLevels": module_levels}
    return make.info(tcbLevels=levels, tdxModuleIdentities=[identity])


def svn_levels(svn, word):
    """What has that SVN is called so; NotSupported: it reaches none."""
    return [make.svn_level(svn + 1)] if word == NONE else [make.svn_level(svn, word)]


def converged():
    """(name, status, claims, quote, TCB Info, QE Identity)"""
    signed = quote(4)
    for platform in [*PLATFORM, NONE]:
        platform_levels = [make.level(sgx=[9] * 16) if platform == NONE else make.level(platform)]
        for module in PART:
            for enclave in PART:
                yield (f"{platform} {module} {enclave}",
                       with_part(with_part(platform, module), enclave),
                       {"tcb_platform_status": platform, "tcb_module_status": module,
                        "tcb_qe_status": enclave}, signed,
                       info(platform_levels, svn_levels(5, module)),
                       make.qe(tcbLevels=svn_levels(8, enclave)))


def advised():
    newer = quote(5, NEWER)
    for launch in PLATFORM:
        for now in PLATFORM:
            levels = [make.level(launch, tdx=LAUNCH), make.level(now, tdx=NEWER)]
            yield (f"{launch} then {now}", relaunched(launch, now),
                   {"tcb_platform_status": launch, "tcb_current_status": now}, newer,
                   info(levels, [make.svn_level(5)]), make.qe())
        # Of what is loaded now no level is reached, or its module is not in the document.
        for name, svn in ("no level", LOWER), ("another module", OTHER):
            yield (f"{launch} then {name}", relaunched(launch, NONE),
                   {"tcb_platform_status": launch, "tcb_current_status": NONE}, quote(5, svn),
                   info([make.level(launch, tdx=LAUNCH)], [make.svn_level(5)]), make.qe())
    # The module alone is newer, or the enclave old: which a new start does not change.
    modules = [make.svn_level(5, OLD), make.svn_level(6)]
    yield ("a newer module", RELAUNCH, {"tcb_module_status": OLD, "tcb_current_status": UP}, newer,
           info([make.level()], modules), make.qe())
    yield ("an old enclave", OLD, {"tcb_module_status": OLD, "tcb_current_status": OLD}, newer,
           info([make.level()], modules), make.qe(tcbLevels=[make.svn_level(8, OLD)]))
    yield ("a module revoked since", REVOKED, {}, newer,
           info([make.level()], [make.svn_level(5), make.svn_level(6, REVOKED)]), make.qe())
    # A quote of the older form says nothing of it.
    yield ("v4", OLD, {"tcb_current_status": None}, quote(4), info(
        [make.level(OLD)], [make.svn_level(5)]), make.qe())


def line(signed, tcb_info, qe, **more):
    def part(name, data):
        data = data if isinstance(data, bytes) else data.encode()
        return name + base64.b64encode(data).decode()

    return json.dumps({
        "log_base64": part("", (mkquote.DATA / "tdx-twin/CCEL.data").read_bytes()),
        "evidence_base64": [
            part("", signed), part("tcb-info=", make.signed("tcbInfo", tcb_info)),
            part("qe-identity=", make.signed("enclaveIdentity", qe)),
            part("certs=", make.signing_chain())]} | more)


def main():
    tool, data = sys.argv[1], pathlib.Path(sys.argv[2])
    rows = [*converged(), *advised()]
    # Whoever sends a line does not decide what is accepted.
    asking = [line(rows[0][3], make.info(tcbLevels=[make.level(OLD)]), make.qe(), **{key: OLD})
              for key in ("accept_tcb", "accept-tcb", "collateral_grace")]
    done = subprocess.run(
        [tool, "verify", "--batch", "--json", "--trust-root", data / "tdx-twin/root.pem", "--time",
         make.GOOD], input="\n".join([line(*row[3:]) for row in rows] + asking) + "\n",
        capture_output=True, text=True, timeout=240, check=False)
    answers = [json.loads(text) for text in done.stdout.splitlines()]
    problems = [] if len(answers) == len(rows) + 3 else [f"{len(answers)} answers: {done.stderr}"]
    problems += [f"a line that asks for less: exit {answer['exit']}" for answer in
                 answers[len(rows):] if answer["exit"] != 2]
    for row, answer in zip(rows, answers):
        name, status, wanted = row[:3]
        exits = 0 if status == UP else 7 if status == REVOKED else 4
        if answer["exit"] != exits:
            problems.append(f"{name}: exit {answer['exit']}, not {exits}: {answer['error']}")
        if status == REVOKED or not answer["report"]:
            continue
        claims = answer["report"]["evidence"][0]["claims"]
        for key, value in (wanted | {"tcb_status": status}).items():
            if claims.get(key) != value:
                problems.append(f"{name}: {key} {claims.get(key)}, not {value}")
    print(f"{len(rows)} rows, {len(problems)} problems")
    print("\n".join(problems))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
