//! Proves that other languages can use `schemas/`: validators, generators of types, and generated clients that talk to
//! the sandbox.
//!
//! Everything is installed and generated below `target/consumers`, or `target/tools`, from the pinned lists in `tests/consumers`
//! and `tests/generators`.

mod bsl;
mod conformance;
mod gateway;
mod generators;
mod javascript;
mod python;
mod work;

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result};

use gateway::Gateway;
use work::{check, work};

use crate::workspace::{cargo, exists};

/// Something that is shown, and the programs of the user's machine that it takes.
struct Proof {
    what: &'static str,
    programs: &'static [&'static str],
    show: fn(&Gateway) -> Result<String>,
}

const PROOFS: [Proof; 8] = [
    Proof {
        what: "crate jsonschema: schemas up to date, fixtures, 1C names, refusals of the sandbox",
        programs: &[],
        show: rust,
    },
    Proof { what: "ajv in strict mode: fixtures", programs: &["npm", "node"], show: javascript::ajv },
    Proof {
        what: "json-schema-to-typescript and tsc --strict: fixtures as typed values",
        programs: &["npm", "node"],
        show: javascript::types,
    },
    Proof {
        what: "datamodel-code-generator: fixtures through Python models and back",
        programs: &["python3"],
        show: python::models,
    },
    Proof {
        what: "the Python program of schemas/README.md against the sandbox",
        programs: &["python3"],
        show: python::readme,
    },
    Proof {
        what: "tree-sitter-bsl: the modules for 1C and the examples in their language",
        programs: &["python3"],
        show: bsl::modules,
    },
    Proof {
        what: "schemathesis: the sandbox answers as its /openapi.json says",
        programs: &["python3"],
        show: python::schemathesis,
    },
    Proof { what: "whatsgate conform: the npm package", programs: &["npm", "node"], show: conformance::npm },
];

/// What to show.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// The clients of all generators, not only of the three for which the test run has the time
    #[arg(long)]
    all: bool,
    /// Only the clients of these generators
    #[arg(long, value_name = "GENERATOR", value_delimiter = ',', conflicts_with = "all")]
    only: Vec<String>,
}

/// Shows everything that is asked for, and returns what could not be shown for want of a program.
pub(crate) fn test(args: &Args) -> Result<Vec<String>> {
    fs::create_dir_all(work(""))?;
    let generators = generators::chosen(args.all, &args.only)?;
    generators.iter().try_for_each(|generator| generator.is_on_page())?;
    let clients = generators.into_iter().map(|generator| {
        let what = format!("{}: its client against the sandbox", generator.name);
        (what, generator.programs, generator.show)
    });
    let proofs = PROOFS.iter().filter(|_| args.only.is_empty());
    let proofs = proofs.map(|proof| (proof.what.to_owned(), proof.programs, proof.show));
    let gateway = Gateway::start()?;
    let mut unproved = Vec::new();
    for (what, programs, show) in proofs.chain(clients) {
        let missing: Vec<_> = programs.iter().copied().filter(|program| !exists(program)).collect();
        if missing.is_empty() {
            eprintln!("{what} …");
            let began = Instant::now();
            let shown = show(&gateway).with_context(|| format!("{what}: failed"))?;
            eprintln!("    {shown} ({} s)", began.elapsed().as_secs());
        } else {
            unproved.push(format!("{what} ({} not found)", missing.join(", ")));
        }
    }
    Ok(unproved)
}

fn rust(_: &Gateway) -> Result<String> {
    check(&mut cargo([
        "test",
        "--quiet",
        "--package",
        "whatsgate-schemas",
        "--test",
        "it",
        "--",
        "--nocapture",
    ]))
}
