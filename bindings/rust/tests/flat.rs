// SPDX-License-Identifier: BSD-2-Clause
//! Memory does not grow; alone, for what other tests use would be counted too.
use tsmmr::{Context, Known, Log};

fn pages() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn memory_is_flat() {
    let folder = std::env::var("TSMMR_TWIN").expect("TSMMR_TWIN");
    let ccel = std::fs::read(format!("{folder}/CCEL.data")).unwrap();
    let ctx = Context::builder().unwrap().build();
    let mut before = 0;
    for i in 0..10000 {
        let log = Log::parse(&ctx, &ccel, &Known::default()).unwrap();
        for event in [log.get(0).unwrap(), log.get(log.len() - 1).unwrap()] {
            assert!(!event.text().is_empty() && event.digests().count() > 0);
        }
        assert!(Log::parse(&ctx, &ccel[..700], &Known::default()).is_err());
        if i == 1000 {
            before = pages();
        }
    }
    assert!(pages().saturating_sub(before) < 256 * 8);
}
