//! Chores of the repository: `cargo xtask <command>`.

mod npm;
mod schemas;
mod test_js;

use clap::Parser;

/// Chores of the repository.
#[derive(Parser)]
enum Chore {
    /// Builds the npm package into target/npm/whatsgate.
    Npm,
    /// Writes the folder `schemas/` anew.
    Schemas,
    /// Tests the npm package in Node, Chromium and, if it is installed, Firefox.
    TestJs {
        /// Only these files of tests/js.
        files: Vec<String>,
    },
}

fn main() -> anyhow::Result<()> {
    match Chore::parse() {
        Chore::Npm => npm::build().map(drop),
        Chore::Schemas => schemas::write(),
        Chore::TestJs { files } => test_js::test(&files),
    }
}
