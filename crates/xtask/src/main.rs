//! Chores of the repository: `cargo xtask <chore>`.

mod npm;
mod schemas;

use clap::Parser;

/// Chores of the repository.
#[derive(Parser)]
enum Chore {
    /// Writes the folder `schemas/` anew.
    Schemas,
    /// Builds the npm package into target/npm/whatsgate.
    Npm,
}

fn main() -> anyhow::Result<()> {
    match Chore::parse() {
        Chore::Schemas => schemas::write(),
        Chore::Npm => npm::build().map(drop),
    }
}
