// SPDX-License-Identifier: BSD-2-Clause
//! Where the library is, as pkg-config knows it.
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    let found = Command::new("pkg-config")
        .args(["--libs-only-L", "libtsmmr"])
        .output()
        .ok()
        .filter(|found| found.status.success())
        .expect("pkg-config knows no libtsmmr");
    for word in String::from_utf8_lossy(&found.stdout).split_whitespace() {
        println!(
            "cargo:rustc-link-search=native={}",
            word.trim_start_matches("-L")
        );
    }
}
