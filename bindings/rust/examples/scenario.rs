// SPDX-License-Identifier: BSD-2-Clause
//! An agent in a guest, and a verifier elsewhere: scenario ROOT ROOT-CERTIFICATE.
use std::slice::from_ref;
use tsmmr::{sys, Context, Evidence, Known, Log, Policy, Registers, Report, Tree, Verdict};

const NONCE: &[u8] = b"a nonce of the verifier";

type Parts = Vec<(i32, Vec<u8>)>;

/// Measures what it is about to do, then gives evidence, and the log that goes with it.
fn agent(root: &str) -> tsmmr::Result<(Parts, Vec<u8>)> {
    let ctx = Context::builder()?.root(root)?.build();
    let tree = Tree::open(&ctx)?;
    tree.append("app-runtime", "example.org/agent start 1", false)?;
    println!(
        "logged {} events",
        Log::collect(&ctx, sys::TSMMR_PLATFORM_AUTO)?.len()
    );
    tree.lock("app-runtime")?; // AWS Nitro: or it is in no document
    let (evidence, log) = tree.attest(sys::TSMMR_PLATFORM_AUTO, NONCE)?;
    let parts = evidence
        .parts()
        .map(|(part, data)| (part, data.to_vec()))
        .collect();
    Ok((parts, log.export(&ctx, sys::TSMMR_FORMAT_CEL_CBOR)?))
}

/// Whether the log is true, and what of it may be believed.
fn verifier(parts: &Parts, cel: &[u8], pin: &[u8]) -> tsmmr::Result<Verdict> {
    let ctx = Context::builder()?.trust_root(pin)?.build();
    let mut evidence = Evidence::new(&ctx)?;
    for (part, data) in parts {
        evidence.add(*part, data)?;
    }
    let regs = Registers::from_evidence(&ctx, &evidence)?;
    let known = Known {
        platform: sys::TSMMR_PLATFORM_NITRO,
        ..Known::default()
    };
    let log = Log::parse(&ctx, cel, &known)?;
    let policy = Policy::new(&ctx, "require app-runtime\n")?.nonce(Some(NONCE))?;
    let report = Report::new(&ctx, from_ref(&log), Some(&regs), Some(&policy))?;
    for row in report.rows() {
        println!("{} {} {:?}", row.name, row.events, row.gaps);
    }
    for text in report.believed() {
        println!("believed: {text}");
    }
    for finding in report.findings() {
        println!("finding: {}", finding.id);
    }
    for (name, value) in regs.claims(0).filter(|(name, _)| name == "module_id") {
        println!("{name}: {value:?}");
    }
    if report.verdict() != Verdict::Verified {
        println!("{:?} {:?}", report.because(), report.explain(&ctx)?.text(0));
    }
    println!("{}", report.summary());
    Ok(report.verdict())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<String> = std::env::args().collect();
    let (parts, cel) = agent(&paths[1])?;
    match verifier(&parts, &cel, &std::fs::read(&paths[2])?)? {
        Verdict::Verified => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}
