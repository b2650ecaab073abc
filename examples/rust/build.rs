// SPDX-License-Identifier: Apache-2.0
//! Where pkg-config finds the library.

use std::process::Command;

fn main() {
    let output = Command::new("pkg-config")
        .args(["--libs", "holdfast"])
        .output()
        .expect("pkg-config is needed");
    assert!(output.status.success(), "pkg-config does not know holdfast");
    for word in String::from_utf8_lossy(&output.stdout).split_whitespace() {
        if let Some(directory) = word.strip_prefix("-L") {
            println!("cargo:rustc-link-search=native={directory}");
        } else if let Some(library) = word.strip_prefix("-l") {
            println!("cargo:rustc-link-lib={library}");
        }
    }
}
