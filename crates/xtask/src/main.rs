//! Chores of the repository: `cargo xtask <chore>`.

mod npm;
mod schemas;
mod test;
mod test_schemas;

use clap::Parser;

/// Chores of the repository.
#[derive(Parser)]
enum Chore {
    /// Runs all tests, and says what it does and what it could not prove.
    Test(test::Args),
    /// Writes the folder `schemas/` anew.
    Schemas,
    /// Proves that other languages can use the schemas.
    TestSchemas,
    /// Builds the npm package into target/npm/whatsgate.
    Npm,
}

fn main() -> anyhow::Result<()> {
    match Chore::parse() {
        Chore::Test(args) => test::run_steps(&args),
        Chore::Schemas => schemas::write(),
        Chore::TestSchemas => test_schemas::test(),
        Chore::Npm => npm::build().map(drop),
    }
}
