//! Chores of the repository: `cargo xtask <command>`.

mod npm;
mod schemas;

use clap::Parser;

/// Chores of the repository.
#[derive(Parser)]
enum Chore {
    /// Builds the npm package into target/npm/whatsgate.
    Npm,
    /// Writes the folder `schemas/` anew.
    Schemas,
}

fn main() -> anyhow::Result<()> {
    match Chore::parse() {
        Chore::Npm => npm::build().map(drop),
        Chore::Schemas => schemas::write(),
    }
}
