//! Chores of the repository: `cargo xtask <command>`.

mod npm;

use clap::Parser;

/// Chores of the repository.
#[derive(Parser)]
enum Command {
    /// Builds the npm package into target/npm/whatsgate.
    Npm,
}

fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Npm => npm::build().map(drop),
    }
}
