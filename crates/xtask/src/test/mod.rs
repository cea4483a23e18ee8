//! `cargo xtask test`: everything that is proved, in one command.

pub(crate) mod npm;
mod rust;
pub(crate) mod schemas;
mod watch;
pub(crate) mod web;

use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::package;
use crate::workspace::is_build_server;

/// What to test.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these steps
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    only: Vec<String>,
    /// Does not look for secrets in what the run prints and leaves
    #[arg(long, hide = true)]
    unwatched: bool,
}

/// A part of the test run.
struct Step {
    name: &'static str,
    what: &'static str,
    /// Tells what could not be proved for want of a tool.
    run: fn() -> Result<Vec<String>>,
}

const STEPS: &[Step] = &[
    Step { name: "format", what: "the sources are formatted", run: rust::format },
    Step { name: "lint", what: "no warning of clippy, native and for the browser", run: rust::lint },
    Step { name: "rust", what: "tests and examples of all crates", run: rust::tests },
    Step {
        name: "serve",
        what: "the service loses and doubles nothing when it is killed, and answers what the modules for 1C ask",
        run: crate::serve::test,
    },
    Step {
        name: "fuzz",
        what: "no bytes from outside upset a reader, for 20 seconds",
        run: crate::fuzz::test,
    },
    Step { name: "docs", what: "the documentation builds without warnings", run: rust::docs },
    Step { name: "layers", what: "model and core do no I/O", run: rust::layers },
    Step {
        name: "oldest",
        what: "the libraries build with the oldest Rust that they promise",
        run: rust::oldest,
    },
    Step { name: "windows", what: "all that runs on Windows compiles for it", run: rust::windows },
    Step {
        name: "deny",
        what: "licences and sources of dependencies, with cargo-deny, and the list of `whatsgate --licenses`",
        run: rust::deny,
    },
    Step {
        name: "package",
        what: "manifests are complete, archives hold what they must, the workflow of a release is one",
        run: || {
            package::check()?;
            package::check_workflow()
        },
    },
    Step { name: "npm", what: "the npm package in Node and in browsers", run: || npm::test(&[], None) },
    Step {
        name: "schemas",
        what: "other languages use the schemas",
        run: || schemas::test(&schemas::Args::default()),
    },
    Step {
        name: "book",
        what: "the book builds, its links lead somewhere, its snippets work",
        run: crate::book::test,
    },
    Step { name: "web", what: "the web demo, driven with a browser", run: web::test },
];

/// Runs the steps and stops at the first that fails; then looks for secrets in all that the run left.
pub(crate) fn run_steps(args: &Args) -> Result<()> {
    if !args.unwatched {
        return watch::run_again();
    }
    for name in &args.only {
        ensure!(STEPS.iter().any(|step| step.name == name), "there is no step {name}: {}", names());
    }
    let start = Instant::now();
    let mut times = Vec::new();
    let mut unproved = Vec::new();
    for step in
        STEPS.iter().filter(|step| args.only.is_empty() || args.only.iter().any(|name| name == step.name))
    {
        eprintln!("\n== {}: {}", step.name, step.what);
        let began = Instant::now();
        unproved.extend((step.run)().with_context(|| format!("step {} failed", step.name))?);
        times.push((step.name, began.elapsed().as_secs()));
    }
    eprintln!("\nall steps passed in {} s", start.elapsed().as_secs());
    for (name, seconds) in times {
        eprintln!("  {name:8} {seconds:5} s");
    }
    report(&unproved)
}

/// Tells a person what could not be proved for want of a tool. A build server, which claims to prove everything, fails.
pub(crate) fn report(unproved: &[String]) -> Result<()> {
    for what in unproved {
        eprintln!("NOT PROVED: {what}");
    }
    ensure!(unproved.is_empty() || !is_build_server(), "on a build server, where CI is set, all is proved");
    Ok(())
}

fn names() -> String {
    STEPS.iter().map(|step| step.name).collect::<Vec<_>>().join(", ")
}
