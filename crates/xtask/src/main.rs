//! Chores of the repository.

mod schemas;

use clap::Parser;

/// Chores of the repository.
#[derive(Parser)]
enum Chore {
    /// Writes the folder `schemas/` anew.
    Schemas,
}

fn main() -> anyhow::Result<()> {
    match Chore::parse() {
        Chore::Schemas => schemas::write(),
    }
}
