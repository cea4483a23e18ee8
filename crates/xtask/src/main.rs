//! Chores of the repository: `cargo xtask <chore>`.

mod advisories;
mod bench;
mod book;
mod crates;
mod demo;
mod dist;
mod fuzz;
mod kill;
mod licenses;
mod npm;
mod package;
mod postgres;
mod running;
mod sbom;
mod schemas;
mod semver;
mod serve;
mod test;
mod tools;
mod version;
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
    /// Writes the list of licences that `whatsgate --licenses` prints.
    Licenses(licenses::Args),
    /// Builds all crates and the npm package from their archives, as they would be published.
    Package(package::Args),
    /// Builds the static program for Linux, with sums and a bill of materials, into target/handout.
    Dist(dist::Args),
    /// Gives everything that is published a new version.
    Version(version::Args),
    /// Compares the libraries with those of the last release.
    Semver(semver::Args),
    /// Tells what is known against dependencies.
    Advisories(advisories::Args),
    /// Builds the web demo and serves it with the sandbox; arguments go to `whatsgate sandbox`.
    Demo {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Builds the web demo and drives it with a browser.
    TestWeb,
    /// Builds the book in both languages into target/book.
    Book {
        /// Serves it as well, at port 8000 of this machine
        #[arg(long)]
        serve: bool,
    },
    /// Runs the snippets of the book that are not Rust: Node, Python, the shell and 1C.
    TestBook {
        /// Only these files of crates/whatsgate-book/snippets.
        files: Vec<String>,
    },
    /// Tests the npm package in Node, Chromium and Firefox.
    TestJs {
        /// Only these files of tests/js.
        files: Vec<String>,
        /// Only the environments of these folders of tests/js/environments, or all of them
        #[arg(long, value_name = "NAME,…|all", conflicts_with = "files")]
        environments: Option<String>,
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
        Chore::Licenses(args) => licenses::licenses(&args),
        Chore::Package(args) => package::package(&args),
        Chore::Dist(args) => dist::dist(&args),
        Chore::Version(args) => version::version(&args),
        Chore::Semver(args) => semver::semver(&args),
        Chore::Advisories(args) => advisories::advisories(&args),
        Chore::Demo { arguments } => demo::serve(&arguments),
        Chore::TestWeb => test::report(&test::web::test()?),
        Chore::Book { serve: false } => book::build(),
        Chore::Book { serve: true } => book::serve(),
        Chore::TestBook { files } => test::report(&book::test_snippets(&files)?),
        Chore::TestJs { files, environments } => {
            test::report(&test::npm::test(&files, environments.as_deref())?)
        }
    }
}

/// Optimised, because it runs many schedules.
fn simulate(arguments: &[String]) -> anyhow::Result<()> {
    let mut command =
        workspace::cargo(["run", "--release", "--quiet", "--package", "whatsgate-simulator", "--"]);
    workspace::run(command.args(arguments))
}
