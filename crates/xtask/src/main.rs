//! Chores of the repository: `cargo xtask <command>`.

mod demo;
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
    /// Builds the web demo and serves it with the sandbox; arguments go to `whatsgate sandbox`.
    Demo {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Builds the web demo and drives it with a browser.
    TestWeb,
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
        Chore::Demo { arguments } => demo::serve(&arguments),
        Chore::TestWeb => demo::test(),
        Chore::TestJs { files } => test_js::test(&files),
    }
}
