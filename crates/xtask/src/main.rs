//! Chores of the repository: `cargo xtask <chore>`.

mod bench;
mod demo;
mod fuzz;
mod kill;
mod npm;
mod postgres;
mod schemas;
mod serve;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

/// Chores of the repository.
#[derive(Parser)]
enum Chore {
    /// Runs all tests, and says what it does and what it could not prove.
    Test(test::Args),
    /// Tries inputs that nobody thought of on whoever reads bytes from outside.
    Fuzz(fuzz::Args),
    /// Measures speed and memory; arguments go to the benchmark, such as `durable`.
    Bench { arguments: Vec<String> },
    /// Kills processes at random while many events come in, and counts what they did, over every store.
    Kill(kill::Args),
    /// Runs the durable layer against a gateway, a store and a machine that fail; `--help` says how.
    #[command(disable_help_flag = true)]
    Simulate {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Writes the folder `schemas/` anew.
    Schemas,
    /// Proves that other languages can use the schemas.
    TestSchemas(test::schemas::Args),
    /// Builds the npm package into target/npm/whatsgate.
    Npm,
    /// Builds the web demo and serves it with the sandbox; arguments go to `whatsgate sandbox`.
    Demo {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Builds the web demo and drives it with a browser.
    TestWeb,
    /// Tests the npm package in Node, Chromium and Firefox.
    TestJs {
        /// Only these files of tests/js.
        files: Vec<String>,
    },
}

fn main() -> ExitCode {
    match run(Chore::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // The chain of causes tells all there is; where in the chore it came up does not help.
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> anyhow::Result<()> {
    match chore {
        Chore::Test(args) => test::run_steps(&args),
        Chore::Fuzz(args) => fuzz::fuzz(&args),
        Chore::Bench { arguments } => bench::bench(&arguments),
        Chore::Kill(args) => kill::kill(&args),
        Chore::Simulate { arguments } => simulate(&arguments),
        Chore::Schemas => schemas::write(),
        Chore::TestSchemas(args) => test::report(&test::schemas::test(&args)?),
        Chore::Npm => npm::build().map(drop),
        Chore::Demo { arguments } => demo::serve(&arguments),
        Chore::TestWeb => test::report(&test::web::test()?),
        Chore::TestJs { files } => test::report(&test::npm::test(&files)?),
    }
}

/// Optimised, because it runs many schedules.
fn simulate(arguments: &[String]) -> anyhow::Result<()> {
    let mut command =
        workspace::cargo(["run", "--release", "--quiet", "--package", "whatsgate-simulator", "--"]);
    workspace::run(command.args(arguments))
}
