// SPDX-License-Identifier: BSD-2-Clause

//! eventlog-rs LOG VALUES: replays a CCEL by eventlog-rs, against lines "rtmrN:sha384=HEX".

use std::{env, fs, process};

use eventlog_rs::Eventlog;

fn main() {
    let paths: Vec<String> = env::args().skip(1).collect();
    let log = Eventlog::try_from(fs::read(&paths[0]).unwrap()).unwrap();
    let replayed = log.replay_measurement_registry();

    for line in fs::read_to_string(&paths[1]).unwrap().lines() {
        let (name, value) = line.split_once(":sha384=").unwrap();
        // A log numbers RTMR0 as 1: 0 is MRTD.
        let index: u32 = name.strip_prefix("rtmr").unwrap().parse().unwrap();

        if hex::encode(&replayed[&(index + 1)]) != value {
            eprintln!("{name} does not match");
            process::exit(1);
        }
    }
}
