// SPDX-License-Identifier: BSD-2-Clause
//! The crate on the twin of tests/data: verdicts, errors, threads, flat memory.
use std::fs;
use std::slice::from_ref;
use tsmmr::{sys, Claim, Context, Evidence, Known, Log, Policy, Registers, Report, Stream, Verdict};

const WHEN: u64 = 1767225600; // 2026-01-01, when the TEST certificates are valid

fn twin(name: &str) -> Vec<u8> {
    let folder = std::env::var("TSMMR_TWIN").expect("TSMMR_TWIN");
    fs::read(format!("{folder}/{name}")).expect(name)
}

fn context() -> Context {
    let builder = Context::builder().unwrap().time(WHEN).unwrap();
    builder.trust_root(&twin("root.pem")).unwrap().build()
}

fn verdict(ctx: &Context, log: &Log) -> Verdict {
    let mut evidence = Evidence::new(ctx).unwrap();
    evidence
        .add(sys::TSMMR_PART_AUTO, &twin("quote-v4.bin"))
        .unwrap();
    let regs = Registers::from_evidence(ctx, &evidence).unwrap();
    let policy = Policy::new(ctx, "require rtmr0-2\n")
        .unwrap()
        .nonce(None)
        .unwrap();
    let report = Report::new(ctx, from_ref(log), Some(&regs), Some(&policy)).unwrap();
    drop((regs, policy, evidence)); // held by what uses them
    if report.verdict() == Verdict::Verified {
        assert!(report.believed().len() > 10 && report.because().is_empty());
        assert!(report.domain(ctx, "nobody").unwrap().is_empty());
        assert!(report.domain(ctx, " ").is_err());
        assert!(String::from_utf8(report.json().unwrap())
            .unwrap()
            .contains("\"verified\""));
    } else {
        let explained = report.explain(ctx).unwrap();
        assert!((0..report.rows().len()).any(|i| explained.text(i).is_some()));
    }
    report.verdict()
}

#[test]
fn verified_or_not() {
    let (ctx, mut ccel) = (context(), twin("CCEL.data"));
    let log = Log::parse(&ctx, &ccel, &Known::default()).unwrap();
    assert_eq!(verdict(&ctx, &log), Verdict::Verified);
    ccel[200] ^= 1;
    let log = Log::parse(&ctx, &ccel, &Known::default()).unwrap();
    assert_eq!(verdict(&ctx, &log), Verdict::Mismatch);
}

#[test]
fn claims_have_types() {
    let ctx = context();
    let mut evidence = Evidence::new(&ctx).unwrap();
    evidence
        .add(sys::TSMMR_PART_AUTO, &twin("quote-v4.bin"))
        .unwrap();
    let regs = Registers::from_evidence(&ctx, &evidence).unwrap();
    let of = |wanted: &str| regs.claims(0).find(|(name, _)| name == wanted).unwrap().1;
    assert_eq!(of("td_attributes"), Claim::U64(1 << 28));
    assert!(matches!(of("tee_tcb_svn"), Claim::Bytes(b) if b.len() == 16));
    assert_eq!(regs.claims(1).count(), 0);
}

#[test]
fn a_root_of_one_machine() {
    let ctx = Context::builder().unwrap().build();
    let mut evidence = Evidence::new(&ctx).unwrap();
    evidence
        .add(sys::TSMMR_PART_AUTO, &twin("quote-v4.bin"))
        .unwrap();
    evidence.time(WHEN).unwrap();
    evidence
        .trust_root(&twin("../cose/nitro-root.pem"))
        .unwrap();
    let error = Registers::from_evidence(&ctx, &evidence).unwrap_err();
    assert_eq!(error.code, sys::TSMMR_E_UNTRUSTED);
    evidence.trust_root(&twin("root.pem")).unwrap();
    Registers::from_evidence(&ctx, &evidence).unwrap();
}

#[test]
fn errors_say_where() {
    let ctx = context();
    let error = Log::parse(&ctx, &twin("CCEL.data")[..700], &Known::default()).unwrap_err();
    assert_eq!(error.code, sys::TSMMR_E_TRUNCATED);
    assert!(error.record.unwrap() > 0 && error.offset.unwrap() < 700);
    let error = Policy::new(&ctx, "require rtmr9\n").unwrap_err();
    assert_eq!(error.code, sys::TSMMR_E_NOTFOUND);
    assert!(Context::builder().unwrap().root("with\0inside").is_err());
}

#[test]
fn streams_lend() {
    let (ctx, ccel) = (context(), twin("CCEL.data"));
    let mut stream = Stream::over(&ctx, &ccel, &Known::default()).unwrap();
    let mut n = 0;
    while let Some(event) = stream.next().unwrap() {
        assert_eq!(event.record(), n);
        n += 1;
    }
    assert!(n > 20);
}

#[test]
fn threads_share() {
    let ctx = context();
    let log = Log::parse(&ctx, &twin("CCEL.data"), &Known::default()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..5).for_each(|_| assert_eq!(verdict(&ctx, &log), Verdict::Verified)));
        }
    });
}

#[test]
fn collateral_counts_until_its_end() {
    for (grace, wanted) in [(0, Verdict::Incomplete), (365 * 86400, Verdict::Verified)] {
        let mut builder = Context::builder().unwrap().time(WHEN).unwrap();
        builder = builder.trust_root(&twin("root.pem")).unwrap();
        for name in ["tcb-info.json", "qe-identity.json", "pck.crl", "root.crl", "chain.pem"] {
            let data = twin(&format!("../tdx-collateral/{name}"));
            builder = builder.collateral(&data).unwrap();
        }
        let ctx = builder.collateral_grace(grace).unwrap().build();
        let log = Log::parse(&ctx, &twin("CCEL.data"), &Known::default()).unwrap();
        assert_eq!(verdict(&ctx, &log), wanted);
    }
    assert!(Context::builder().unwrap().collateral(b"{\"tcbInfo\":{}}").is_err());
}
