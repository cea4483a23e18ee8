//! Chores of the repository.

mod schemas;
mod test_schemas;

use clap::Parser;

/// Chores of the repository.
#[derive(Parser)]
enum Chore {
    /// Writes the folder `schemas/` anew.
    Schemas,
    /// Proves that other languages can use the schemas.
    TestSchemas,
}

fn main() -> anyhow::Result<()> {
    match Chore::parse() {
        Chore::Schemas => schemas::write(),
        Chore::TestSchemas => test_schemas::test(),
    }
}
