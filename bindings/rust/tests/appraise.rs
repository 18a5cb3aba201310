// SPDX-License-Identifier: BSD-2-Clause
//! Known values, appraisals and predictions on the twin of tests/data.
use std::fs::{self, File};
use std::slice::from_ref;
use tsmmr::{sys, Appraisal, Appraised, Context, Evidence, Known, KnownValues, Log};
use tsmmr::{Policy, Prediction, Registers, Report, Steps, Stream};

const WHEN: u64 = 1767225600; // 2026-01-01, when the TEST certificates are valid

fn path(name: &str) -> String {
    format!(
        "{}/{name}",
        std::env::var("TSMMR_TWIN").expect("TSMMR_TWIN")
    )
}

fn twin(name: &str) -> Vec<u8> {
    fs::read(path(name)).expect(name)
}

fn context() -> Context {
    let builder = Context::builder().unwrap().time(WHEN).unwrap();
    builder.trust_root(&twin("root.pem")).unwrap().build()
}

fn report<'a>(ctx: &Context, log: &'a Log) -> Report<'a> {
    let mut evidence = Evidence::new(ctx).unwrap();
    evidence
        .add(sys::TSMMR_PART_AUTO, &twin("quote-v4.bin"))
        .unwrap();
    let regs = Registers::from_evidence(ctx, &evidence).unwrap();
    let lines = format!("require rtmr0-2\nexpect mrtd={}\n", "14".repeat(48));
    let policy = Policy::new(ctx, &lines).unwrap().nonce(None).unwrap();
    Report::new(ctx, from_ref(log), Some(&regs), Some(&policy)).unwrap()
}

fn appraise<'a>(ctx: &Context, report: &Report<'a>, kind: i32, lines: &[String]) -> Appraisal<'a> {
    let mut known = KnownValues::new(ctx).unwrap();
    if !lines.is_empty() {
        known
            .add(kind, None, Some("mine"), lines.join("\n").as_bytes())
            .unwrap();
    }
    assert_eq!(known.is_empty(), lines.is_empty());
    let appraisal = Appraisal::new(report, &known).unwrap();
    let error = known.add(kind, None, None, b"x").unwrap_err(); // it is final
    assert_eq!(error.code, sys::TSMMR_E_ARG);
    appraisal
}

#[test]
fn known_or_not() {
    let ctx = context();
    let log = Log::parse(&ctx, &twin("CCEL.data"), &Known::default()).unwrap();
    let report = report(&ctx, &log);
    let none = appraise(&ctx, &report, sys::TSMMR_KNOWN_SUMS, &[]);
    assert_eq!(none.verdict(), Appraised::Incomplete);
    assert_eq!(
        (none.launch().as_str(), none.because()[0].as_str()),
        ("pinned", "unknown")
    );
    let lines = none.unknown(&ctx).unwrap();
    let rows = 0..report.rows().len();
    let unknown = |i| none.count(i, sys::TSMMR_RECORD_UNKNOWN);
    assert_eq!(rows.clone().map(unknown).sum::<u64>(), lines.len() as u64);
    assert!(rows
        .map(|i| none.text(i))
        .any(|text| text.contains("not known")));

    let all = appraise(&ctx, &report, sys::TSMMR_KNOWN_SUMS, &lines);
    assert_eq!(all.verdict(), Appraised::Yes);
    assert!(all.because().is_empty() && all.lacking().is_empty());
    assert!(all.summary().starts_with("appraised"));
    let by = |event: &Vec<u8>| String::from_utf8_lossy(event).contains("\"mine\"");
    let events = all.events(&ctx).unwrap();
    assert_eq!(events.iter().filter(|event| by(event)).count(), lines.len());
    assert!(String::from_utf8(all.json().unwrap())
        .unwrap()
        .contains("\"appraised\""));
    let less = appraise(&ctx, &report, sys::TSMMR_KNOWN_SUMS, &lines[1..]);
    assert_eq!(less.verdict(), Appraised::Incomplete);
    let denied = sys::TSMMR_KNOWN_SUMS | sys::TSMMR_LIST_DENIED;
    assert_eq!(
        appraise(&ctx, &report, denied, &lines[..1]).verdict(),
        Appraised::Denied
    );
}

#[test]
fn known_by_logs() {
    let (ctx, ccel) = (context(), twin("CCEL.data"));
    let log = Log::parse(&ctx, &ccel, &Known::default()).unwrap();
    let report = report(&ctx, &log);
    let mut known = KnownValues::new(&ctx).unwrap();
    known.add_logs(0, Some("last boot"), &report).unwrap();
    let appraisal = Appraisal::new(&report, &known).unwrap();
    assert_eq!(appraisal.verdict(), Appraised::Yes);
    let mut known = KnownValues::new(&ctx).unwrap();
    let stream = Stream::over(&ctx, &ccel, &Known::default()).unwrap();
    known.add_unverified_log(0, None, stream).unwrap();
    let rule = b"rtmr2 * nothing require";
    known.add(sys::TSMMR_KNOWN_RULES, None, None, rule).unwrap();
    let appraisal = Appraisal::new(&report, &known).unwrap();
    assert_eq!(appraisal.verdict(), Appraised::Incomplete);
    assert_eq!(appraisal.lacking().len(), 1);
}

#[test]
fn images() {
    let (ctx, file) = (context(), File::open(path("root.pem")).unwrap());
    let mut known = KnownValues::new(&ctx).unwrap();
    known.add_image(0, "initrd", None, &file).unwrap();
    let error = known.add_image(0, "uki", None, &file).unwrap_err();
    assert_eq!(error.code, sys::TSMMR_E_FORMAT);
    let error = Prediction::of_uki(&ctx, &file, 0, None).unwrap_err();
    assert_eq!(error.code, sys::TSMMR_E_FORMAT);
}

#[test]
fn predicted() {
    let ctx = context();
    let log = Log::parse(&ctx, &twin("CCEL.data"), &Known::default()).unwrap();
    let report = report(&ctx, &log);
    let steps = Steps::new(&ctx, from_ref(&log), Some(&report)).unwrap();
    let done = steps.remove(0, 24).unwrap().run().unwrap();
    assert_eq!(done.registers().len(), 3);
    for one in done.registers() {
        assert_eq!(one.is_changed, one.name == "rtmr1");
        assert!(one.is_vouched && one.is_followed && one.value.len() == 48);
        assert_eq!(one.hash, sys::TSMMR_HASH_SHA384);
    }
    assert!(done.notes().is_empty());
    assert!(String::from_utf8(done.json().unwrap())
        .unwrap()
        .contains("tsmmr.prediction/1"));

    let steps = Steps::new(&ctx, from_ref(&log), None).unwrap();
    let error = steps
        .replace_text(None, "nowhere", "x")
        .unwrap()
        .run()
        .unwrap_err();
    assert_eq!(error.code, sys::TSMMR_E_NOTFOUND);
    let (steps, file) = (
        Steps::new(&ctx, from_ref(&log), None),
        File::open(path("root.pem")),
    );
    let (steps, file) = (steps.unwrap(), file.unwrap());
    let error = steps
        .replace(Some("kernels"), &file, &file, "x")
        .unwrap_err();
    assert_eq!(error.code, sys::TSMMR_E_ARG);
}
