//! The folder in which everything is installed and generated, and the programs that are run there.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::workspace::{output_of, target};

/// A path below the working folder.
pub(super) fn work(path: &str) -> PathBuf {
    target().join("consumers").join(path)
}

/// A program, started in a folder of the working folder; `.` is that folder itself.
pub(super) fn command(program: impl AsRef<OsStr>, folder: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(work(folder));
    command
}

/// Runs a program to its end and returns the lines in which it says what it checked.
pub(super) fn check(command: &mut Command) -> Result<String> {
    let output = output_of(command)?;
    let results: Vec<_> = output.lines().filter_map(|line| line.split_once("checked: ")).collect();
    Ok(results.iter().map(|(_, result)| format!("checked: {result}")).collect::<Vec<_>>().join("; "))
}
