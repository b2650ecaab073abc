// SPDX-License-Identifier: Apache-2.0
//! Shows a plan and its hazards, builds it, runs a command in it, and shows an error.
//! Usage: tour ROOT SOURCE COMMAND [ARGUMENT...]        (as root)

use holdfast::{Config, Plan};
use std::process::{Command, ExitCode};

fn tour(root: &str, source: &str, words: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let mut config = Config::new(root, true)?;
    config.bind(source, "/data", false)?.filesystem("tmpfs", "/tmp")?;
    let plan = Plan::new(&config)?;
    for line in plan.lines() {
        println!("plan: {line}");
    }
    for hazard in plan.hazards()? {
        println!("hazard: {}: {}", hazard.id, hazard.text);
    }
    let namespace = plan.build()?;
    let status = namespace.enter(Command::new(&words[0]).args(&words[1..])).status()?;
    println!("status: {}", status.code().unwrap_or(-1));
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.len() < 4 {
        return ExitCode::FAILURE;
    }
    if let Err(error) = tour(&arguments[1], &arguments[2], &arguments[3..]) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    if let Err(error) = tour(&arguments[1], "/nonexistent", &arguments[3..]) {
        if let Some(refused) = error.downcast_ref::<holdfast::Error>() {
            println!("error: {}: {refused}", refused.name);
        }
    }
    ExitCode::SUCCESS
}
